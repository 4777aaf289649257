"""Fetches a token for a registry, as its daemon would.

Source: https://distribution.github.io/distribution/spec/auth/token/ and `oauth/` beside it.
"""

import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from runner_service.daemon.port import IDENTITY_TOKEN, Credentials

_TIMEOUT_S = 30.0
_MAX_ANSWER_BYTES = 1024 * 1024
_SHORTEST_LIFE_S = 60
"""What the protocol says of a token without a life time."""
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class TokenRefused(Exception):
    """There is no token; the message has no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenQuestion:
    """What a registry says when it wants a token."""

    realm: str
    """URL."""
    service: str
    scopes: tuple[str, ...]
    client_id: str
    registry_host: str
    """`host[:port]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What lets in for a while."""

    text: str = field(repr=False)
    lifetime_s: int
    issued_at_s: int
    """Since the epoch."""


async def fetch_token(question: TokenQuestion, credentials: Credentials | None) -> Token:
    """Return a token of an account, or of nobody.

    Raises:
        TokenRefused: the token server gives none, or must not be told a password.
    """
    if not _trusted(question):
        raise TokenRefused(f'it names a token server without TLS, "{question.realm}"')
    # Proxies are for other hosts than this one.
    direct = dict.fromkeys(f"all://{host}" for host in _LOOPBACK)
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, mounts=direct) as http:
            status, body = await _asked(http, question, credentials)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        cause = str(error) or type(error).__name__
        raise TokenRefused(f'cannot reach the token server "{question.realm}": {cause}') from error
    if status != httpx.codes.OK:
        raise TokenRefused(f'the token server "{question.realm}" refused: HTTP {status}')
    return _read(body, question)


async def _asked(
    http: httpx.AsyncClient, question: TokenQuestion, credentials: Credentials | None
) -> tuple[int, bytes]:
    scopes = [("scope", scope) for scope in question.scopes]
    common = [("service", question.service), ("client_id", question.client_id), *scopes]
    if credentials and credentials.username == IDENTITY_TOKEN:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": credentials.password,
            "service": question.service,
            "client_id": question.client_id,
            "scope": " ".join(question.scopes),
        }
        sent = http.build_request("POST", question.realm, data=form)
    else:
        url = httpx.URL(question.realm)
        url = url.copy_with(params=httpx.QueryParams([*url.params.multi_items(), *common]))
        sent = http.build_request("GET", url)
    login = None
    if credentials and credentials.username != IDENTITY_TOKEN:
        login = httpx.BasicAuth(credentials.username, credentials.password)
    response = await http.send(sent, auth=login, stream=True)
    try:
        body = b""
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > _MAX_ANSWER_BYTES:
                raise TokenRefused(f'the token server "{question.realm}" says too much')
        return response.status_code, body
    finally:
        await response.aclose()


def _trusted(question: TokenQuestion) -> bool:
    """Whether a password may go to the realm: over TLS, or where the registry has none itself."""
    try:
        realm = urlsplit(question.realm)
        host = realm.netloc.rpartition("@")[2]
    except ValueError:
        return False
    local = (*_LOOPBACK, _without_port(question.registry_host))
    return realm.scheme == "https" or (realm.scheme == "http" and _without_port(host) in local)


def _without_port(host: str) -> str:
    return re.sub(r":\d*$", "", host)


def _read(body: bytes, question: TokenQuestion) -> Token:
    try:
        answer: Any = httpx.Response(200, content=body).json()
        text = answer.get("token") or answer["access_token"]
        lifetime_s = max(int(answer.get("expires_in") or 0), _SHORTEST_LIFE_S)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise TokenRefused(f'the token server "{question.realm}" gave no token') from error
    return Token(text=str(text), lifetime_s=lifetime_s, issued_at_s=int(time.time()))
