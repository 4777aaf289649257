"""Speaks the HTTP API of one registry: logs in as it asks, follows redirects, keeps to limits.

Sources: the OCI distribution specification, and the token protocol of the distribution project.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from registry_service.probing.challenge import of_scheme, read_challenges
from registry_service.probing.errors import TokenRefused, Unacceptable
from registry_service.probing.target import Target
from registry_service.probing.urls import (
    check_server,
    is_loopback,
    joined,
    read_url,
    same_origin,
)
from registry_service.probing.words import Answer, Redactor
from registry_service.tls import client_tls

if TYPE_CHECKING:  # imported late: only this call needs it
    import httpx

_CLIENT_ID = "freshet"
_REDIRECTS = (301, 302, 303, 307, 308)
_MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_HEADERS = {
    "Accept": f"{_MANIFESTS}, */*",
    # What is unpacked could be a thousand times what was sent.
    "Accept-Encoding": "identity",
    "User-Agent": "freshet",
}


class RegistryClient:
    """Sends requests to one registry. Belongs to one trial."""

    def __init__(self, http: httpx.AsyncClient, target: Target, redact: Redactor) -> None:
        """Send over `http`; tokens that come are added to what `redact` hides."""
        self._http = http
        self._target = target
        self._redact = redact
        self._plain_http = target.transport.plain_http
        self._authorizations: dict[str, str] = {}

    @property
    def base_url(self) -> str:
        """Scheme and host of the API, without a slash at the end."""
        return f"{'http' if self._plain_http else 'https'}://{self._target.api_host}"

    @property
    def encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return not self._plain_http

    def speak_plain_http(self) -> None:
        """Leave TLS out from now on."""
        self._plain_http = True

    async def greet(self) -> Answer:
        """Ask for the version of the API, without logging in."""
        return await self._fetch("GET", f"{self.base_url}/v2/", "")

    async def send(self, method: str, location: str, scope: str = "") -> Answer:
        """Send a request, and once more when the registry asks for a login.

        Args:
            method: Of HTTP.
            location: Path, or what a `Location` header says.
            scope: What a token must allow, for example `repository:app:pull`.

        Raises:
            httpx.HTTPError: no answer.
            TrialError: a token was refused, or the registry asks for what must not be done.
        """
        url = joined(self.base_url, location)
        if not self._own(url):
            return await self._fetch(method, url, "")
        answer = await self._fetch(method, url, self._authorizations.get(scope, ""))
        if answer.status != 401 or answer.foreign:
            return answer
        authorization = await self._authorization(answer, scope)
        if not authorization:
            return answer
        self._authorizations[scope] = authorization
        return await self._fetch(method, url, authorization)

    async def _authorization(self, answer: Answer, scope: str) -> str:
        """Return what the challenge of `answer` asks for; empty: we have nothing of that kind."""
        challenges = read_challenges(answer.challenges)
        bearer = of_scheme("bearer", challenges)
        if bearer is not None and "realm" in bearer:
            return f"Bearer {await self._token(bearer, scope)}"
        if of_scheme("basic", challenges) is not None:
            return self._basic()
        return ""

    async def _token(self, challenge: Mapping[str, str], scope: str) -> str:
        wanted = {"client_id": _CLIENT_ID}
        if challenge.get("service"):
            wanted["service"] = challenge["service"]
        if scope := scope or challenge.get("scope", ""):
            wanted["scope"] = scope
        realm = read_url(challenge["realm"])
        if self.encrypted and realm.scheme != "https":
            raise Unacceptable(f'it names a token endpoint without TLS, "{realm}"')
        url = str(realm.copy_merge_params(wanted))
        answer = await self._fetch("GET", url, self._basic())
        body = answer.json()
        token = body.get("token") or body.get("access_token")
        if answer.status != 200:
            raise TokenRefused(replace(answer, of_tokens=True))
        if not isinstance(token, str) or not (token.isascii() and token.isprintable()):
            raise Unacceptable(f'its token endpoint "{realm}" answers without a token')
        self._redact.add(token)
        return token

    def _basic(self) -> str:
        credentials = self._target.credentials
        if credentials.anonymous:
            return ""
        pair = f"{credentials.username}:{credentials.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    async def _fetch(self, method: str, url: str, authorization: str) -> Answer:
        for _ in range(self._target.limits.redirect_count + 1):
            if not self._own(url):
                check_server(url)
            answer = await self._exchange(method, url, authorization)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                return answer
            onward = joined(url, location)
            if url.startswith("https:") and not onward.startswith("https:"):
                raise Unacceptable(f'it leads away from TLS, to "{onward}"')
            if not same_origin(url, onward):
                authorization = ""  # it was for the first host alone
            url = onward
        raise Unacceptable("it leads from one address to the next without an end")

    def _own(self, url: str) -> bool:
        return same_origin(url, self.base_url)

    async def _exchange(self, method: str, url: str, authorization: str) -> Answer:
        headers = {"Authorization": authorization} if authorization else {}
        async with self._http.stream(method, url, headers=headers) as response:
            body = b""
            if "content-encoding" not in response.headers:
                body = await self._beginning(response)
            return Answer(
                status=response.status_code,
                headers=dict(response.headers.items()),
                challenges=tuple(response.headers.get_list("www-authenticate")),
                body=body,
                url=url,
                foreign=not self._own(url),
            )

    async def _beginning(self, response: httpx.Response) -> bytes:
        limit, body = self._target.limits.body_bytes, b""
        async for piece in response.aiter_raw():
            body += piece
            if len(body) >= limit:
                break
        return body[:limit]


@asynccontextmanager
async def open_client(target: Target, redact: Redactor) -> AsyncIterator[RegistryClient]:
    """Open what requests to `target` are sent over.

    The proxies of the environment are used, though never for this machine.

    Raises:
        Unacceptable: a certificate or key of the record cannot be used.
    """
    import httpx

    local = ["localhost", "127.0.0.1", "[::1]"]
    if is_loopback(target.api_host):
        local.append(target.api_host)
    try:
        context = await asyncio.to_thread(
            client_tls, target.transport, target.client_key
        )  # it reads files
    except ssl.SSLError as error:
        raise Unacceptable(f"its certificates cannot be used ({error.reason or error})") from error
    async with httpx.AsyncClient(
        verify=context,
        timeout=target.limits.wait_s,
        headers=_HEADERS,
        mounts={f"all://{host}": None for host in local},
    ) as http:
        yield RegistryClient(http, target, redact)
