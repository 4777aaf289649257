"""Tries to log in to a registry, as the OCI distribution protocol says."""

from __future__ import annotations

import base64
import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from freshet.references import DOCKER_HUB
from registry_service.credentials import Credentials
from registry_service.registries import Registry, Transport

if TYPE_CHECKING:  # imported late: only this call needs it
    import httpx

_API_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}
_TIMEOUT_S = 10.0
_MAX_WORDS = 300
_CHALLENGE = re.compile(r"\s*(basic|bearer)\b(.*)", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Outcome(Enum):
    """What came of a login."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of a login, and one sentence for people."""

    outcome: Outcome
    message: str


def not_asked(registry: Registry) -> Verification:
    """Return the answer for a registry that only the runner reaches."""
    message = f'"{registry.domain}" is behind a firewall; only the runner can reach it'
    return Verification(outcome=Outcome.NOT_ASKED, message=message)


async def verify_login(credentials: Credentials, transport: Transport) -> Verification:
    """Log in to the domain of `credentials` now. A failure is an answer, not an error."""
    import httpx

    host = _API_HOSTS.get(credentials.domain, credentials.domain)
    local = _is_loopback(host)
    try:
        # Proxies are for other machines.
        async with httpx.AsyncClient(
            verify=_tls(transport), timeout=_TIMEOUT_S, trust_env=not local, follow_redirects=True
        ) as client:
            attempt = _Attempt(client, credentials)
            if transport.plain_http:
                return await attempt.at(f"http://{host}/v2/")
            try:
                return await attempt.at(f"https://{host}/v2/")
            except httpx.TransportError:
                if not local:
                    raise
                return await attempt.at(f"http://{host}/v2/")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        message = f'cannot reach "{credentials.domain}": {_redacted(reason, credentials)}'
        return Verification(outcome=Outcome.UNREACHABLE, message=message)


class _Attempt:
    """One login over one client."""

    def __init__(self, client: httpx.AsyncClient, credentials: Credentials) -> None:
        self._client = client
        self._credentials = credentials
        self._basic = (
            None if credentials.anonymous else (credentials.username, credentials.password)
        )

    async def at(self, url: str) -> Verification:
        response = await self._client.get(url)
        if response.status_code != 401:
            return self._verification(response)
        scheme, parameters = _challenge(response)
        if scheme == "basic" and self._basic:
            return self._verification(await self._client.get(url, auth=self._basic))
        if scheme == "bearer" and "realm" in parameters:
            return await self._with_token(url, parameters)
        return self._verification(response)

    async def _with_token(self, url: str, parameters: Mapping[str, str]) -> Verification:
        realm = parameters["realm"]
        if url.startswith("https:") and not realm.startswith("https:"):
            message = f'the registry names a token endpoint without TLS, "{realm}"'
            return Verification(outcome=Outcome.REFUSED, message=message)
        wanted = {name: parameters[name] for name in ("service", "scope") if name in parameters}
        answer = await self._client.get(realm, params=wanted, auth=self._basic)
        token = _token(answer)
        if not token:
            return self._verification(answer, accepted=())
        headers = {"Authorization": f"Bearer {token}"}
        return self._verification(await self._client.get(url, headers=headers))

    def _verification(
        self, response: httpx.Response, *, accepted: tuple[int, ...] = (200,)
    ) -> Verification:
        domain, status = self._credentials.domain, response.status_code
        if status in accepted:
            who = f'"{self._credentials.username}"' if self._basic else "an anonymous user"
            return Verification(
                outcome=Outcome.ACCEPTED, message=f'"{domain}" accepted the login of {who}'
            )
        # First redacted, then shortened: the beginning of a password is too much already.
        words = _redacted(_words(response), self._credentials)[:_MAX_WORDS]
        words = f"HTTP {status}: {words}"
        if status in (400, 401, 403):
            return Verification(
                outcome=Outcome.REFUSED, message=f'"{domain}" refused the login: {words}'
            )
        message = f'"{domain}" did not answer as a registry does: {words}'
        return Verification(outcome=Outcome.UNREACHABLE, message=message)


def _tls(transport: Transport) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if transport.ca_certificates_pem:
        context.load_verify_locations(cadata=transport.ca_certificates_pem)
    if transport.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_loopback(host: str) -> bool:
    name = re.sub(r":\d+$", "", host).strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _challenge(response: httpx.Response) -> tuple[str, Mapping[str, str]]:
    for header in response.headers.get_list("www-authenticate"):
        if match := _CHALLENGE.match(header):
            return match[1].lower(), dict(_PARAMETER.findall(match[2]))
    return "", {}


def _json(response: httpx.Response) -> Mapping[str, object]:
    try:
        body: object = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _token(response: httpx.Response) -> str:
    body = _json(response)
    token = body.get("token") or body.get("access_token")
    return token if response.status_code == 200 and isinstance(token, str) else ""


def _words(response: httpx.Response) -> str:
    body = _json(response)
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else body
    told = (first.get("message") or first.get("details")) if isinstance(first, dict) else None
    text = told if isinstance(told, str) else response.text
    return " ".join(text.split()) or response.reason_phrase


def _redacted(text: str, credentials: Credentials) -> str:
    if not credentials.password:
        return text
    pair = f"{credentials.username}:{credentials.password}".encode()
    for secret in (base64.b64encode(pair).decode(), credentials.password):
        text = text.replace(secret, "***")
    return text
