"""Speaks the HTTP API of one registry: logs in as it asks, follows redirects, keeps to limits.

Sources: the OCI distribution specification, and the token protocol of the distribution project.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from freshet.distribution.causes import speaks_no_tls
from freshet.distribution.endpoint import Endpoint
from freshet.distribution.errors import DistributionError, Unacceptable
from freshet.distribution.logins import Logins, TokenQuestion
from freshet.distribution.tls import client_tls
from freshet.distribution.urls import (
    check_server,
    is_loopback,
    joined,
    same_origin,
)
from freshet.distribution.words import Answer, Redactor, words_of

if TYPE_CHECKING:  # imported late: only these calls need it
    import httpx

_REDIRECTS = (301, 302, 303, 307, 308)
MANIFEST_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_HEADERS = {
    "Accept": f"{', '.join(MANIFEST_TYPES)}, */*",
    # What is unpacked could be a thousand times what was sent.
    "Accept-Encoding": "identity",
    "User-Agent": "freshet",
}
Body = bytes | Callable[[], AsyncIterator[bytes]]
"""What is sent; a function begins anew when the request must be repeated."""


class RegistryClient:
    """Sends requests to one registry as one account. Belongs to one event loop."""

    def __init__(self, http: httpx.AsyncClient, endpoint: Endpoint, redact: Redactor) -> None:
        """Send over `http`; tokens that come are added to what `redact` hides."""
        self._http = http
        self._endpoint = endpoint
        self._redact = redact
        self._plain_http = endpoint.transport.plain_http
        self._logins = Logins(endpoint, redact, self._asked_for_token)

    @property
    def base_url(self) -> str:
        """Scheme and host of the API, without a slash at the end."""
        return f"{'http' if self._plain_http else 'https'}://{self._endpoint.api_host}"

    @property
    def encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return not self._plain_http

    @property
    def may_speak_plain(self) -> bool:
        """Whether TLS is spoken only if the registry does; `greet` finds out."""
        return self.encrypted and is_loopback(self._endpoint.api_host)

    async def greet(self) -> Answer:
        """Ask for the version of the API, without logging in.

        On loopback Docker speaks plain HTTP without being told, and so does this client from then
        on.
        """
        import httpx

        try:
            return await self._greeting()
        except (httpx.TransportError, ssl.SSLError) as error:
            if not (self.may_speak_plain and speaks_no_tls(error)):
                raise
        self._plain_http = True
        return await self._greeting()

    async def send(
        self,
        method: str,
        location: str,
        scope: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        limit_bytes: int = 0,
        wait_s: float = 0.0,
    ) -> Answer:
        """Send a request, and once more when the registry asks for a login.

        Args:
            method: Of HTTP.
            location: Path, or what a `Location` header says.
            scope: What a token must allow, for example `repository:app:pull`; several are parted
                by spaces.
            headers: Beside those that every request has.
            body: What is sent.
            limit_bytes: How much of the answer is read; 0: as the limits of the endpoint say.
            wait_s: For each piece of the answer; 0: as the limits of the endpoint say.

        Raises:
            httpx.HTTPError: no answer.
            DistributionError: a token was refused, or the registry asks for what must not be done.
        """
        async with self.open(
            method, location, scope, headers=headers, body=body, wait_s=wait_s
        ) as response:
            return await self.answer(response, limit_bytes)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        location: str,
        scope: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        wait_s: float = 0.0,
    ) -> AsyncIterator[httpx.Response]:
        """Send a request as `send` does, and lend its answer, of which nothing is read yet."""
        url = joined(self.base_url, location)
        own, given = self._own(url), headers or {}
        authorization = self._logins.known(scope) if own else ""
        async with self._followed(method, url, authorization, given, body, wait_s) as response:
            foreign = not self._own(str(response.request.url))
            if response.status_code != 401 or not own or foreign:
                yield response
                return
            challenges = response.headers.get_list("www-authenticate")
            authorization = await self._logins.answer(challenges, scope, encrypted=self.encrypted)
            if not authorization:
                yield response
                return
        async with self._followed(method, url, authorization, given, body, wait_s) as response:
            yield response

    async def answer(self, response: httpx.Response, limit_bytes: int = 0) -> Answer:
        """Read what `open` lent; `limit_bytes` as for `send`."""
        body, url = b"", str(response.request.url)
        if "content-encoding" not in response.headers:
            body = await _beginning(response, limit_bytes or self._endpoint.limits.body_bytes)
        return Answer(
            status=response.status_code,
            headers=dict(response.headers.items()),
            challenges=tuple(response.headers.get_list("www-authenticate")),
            body=body,
            url=url,
            foreign=not self._own(url),
        )

    async def begin_upload(self, path: str, query: str = "", mount_from: str = "") -> Answer:
        """Ask for the place that a blob of repository `path` is sent to; see `drop_upload`.

        Args:
            path: Of the repository.
            query: Such as `?digest=...`.
            mount_from: Path of another repository that must be readable, too; empty: of none.
        """
        scope = f"repository:{path}:pull,push"
        if mount_from:
            scope += f" repository:{mount_from}:pull"
        return await self.send("POST", f"/v2/{quote(path)}/blobs/uploads/{query}", scope)

    async def drop_upload(self, begun: Answer) -> str:
        """Drop the upload that was begun; return what to say when the registry does not.

        That is done to its end, within limits of its own, even when the caller leaves meanwhile.
        """
        task = asyncio.create_task(self._drop(begun))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await task
            raise

    async def _drop(self, begun: Answer) -> str:
        import httpx

        try:
            url = joined(begun.url, begun.headers.get("location", ""))
            # The right to drop has a name of the registry's choice: its challenge tells.
            answer = await self.send("DELETE", url)
            words = words_of(answer, self._redact) if answer.status >= 400 else ""
        except (DistributionError, httpx.HTTPError, ssl.SSLError) as error:
            words = str(error) or type(error).__name__
        left = "the upload that was begun is left for the registry to drop"
        return f"; {left} ({words})" if words else ""

    async def _greeting(self) -> Answer:
        async with self._followed("GET", f"{self.base_url}/v2/", "", {}, b"") as response:
            return await self.answer(response)

    async def _asked_for_token(self, question: TokenQuestion) -> Answer:
        async with self._followed(
            question.method,
            question.url,
            question.authorization,
            question.headers,
            question.body,
        ) as response:
            return await self.answer(response)

    @asynccontextmanager
    async def _followed(
        self,
        method: str,
        url: str,
        authorization: str,
        headers: Mapping[str, str],
        body: Body,
        wait_s: float = 0.0,
    ) -> AsyncIterator[httpx.Response]:
        for _ in range(self._endpoint.limits.redirect_count + 1):
            if not self._own(url):
                check_server(url)
            login = {"Authorization": authorization} if authorization else {}
            content = body if isinstance(body, bytes) else body()
            async with self._http.stream(
                method,
                url,
                headers={**headers, **login},
                content=content or None,
                timeout=wait_s or self._endpoint.limits.wait_s,
            ) as response:
                location = response.headers.get("location", "")
                if response.status_code not in _REDIRECTS or not location:
                    yield response
                    return
            onward = joined(url, location)
            if url.startswith("https:") and not onward.startswith("https:"):
                raise Unacceptable(f'it leads away from TLS, to "{onward}"')
            if not same_origin(url, onward):
                authorization = ""  # it was for the first host alone
            url = onward
        raise Unacceptable("it leads from one address to the next without an end")

    def _own(self, url: str) -> bool:
        return same_origin(url, self.base_url)


async def _beginning(response: httpx.Response, limit: int) -> bytes:
    body = b""
    async for piece in response.aiter_raw():
        body += piece
        if len(body) >= limit:
            break
    return body[:limit]


@asynccontextmanager
async def open_client(
    endpoint: Endpoint, redact: Redactor, network: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[RegistryClient]:
    """Open what requests to `endpoint` are sent over.

    The proxies of the environment are used, though never for this machine; with a `network` of the
    caller's, none.

    Raises:
        Unacceptable: a certificate or key of the endpoint cannot be used.
    """
    import httpx

    local = ["localhost", "127.0.0.1", "[::1]"]
    if is_loopback(endpoint.api_host):
        local.append(endpoint.api_host)
    try:
        context = await asyncio.to_thread(
            client_tls, endpoint.transport, endpoint.client_key
        )  # it reads files
    except ssl.SSLError as error:
        raise Unacceptable(f"its certificates cannot be used ({error.reason or error})") from error
    async with httpx.AsyncClient(
        verify=context,
        timeout=endpoint.limits.wait_s,
        headers=_HEADERS,
        transport=network,
        mounts={} if network else {f"all://{host}": None for host in local},
    ) as http:
        yield RegistryClient(http, endpoint, redact)
