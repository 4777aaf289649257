"""What a client shows a registry: a token of its token endpoint, or the account itself.

Source: the token protocol of the distribution project, and OAuth 2.0 as it uses that.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from freshet.distribution.challenge import of_scheme, read_challenges
from freshet.distribution.endpoint import IDENTITY_TOKEN, Endpoint
from freshet.distribution.errors import TokenRefused, Unacceptable
from freshet.distribution.urls import read_url
from freshet.distribution.words import Answer, Redactor

if TYPE_CHECKING:  # imported late: only these calls need it
    import httpx

_CLIENT_ID = "freshet"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenQuestion:
    """A request to a token endpoint."""

    method: str
    url: str
    authorization: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


Ask = Callable[[TokenQuestion], Awaitable[Answer]]


class Logins:
    """What one registry wants to see of one account, as far as it is known."""

    def __init__(self, endpoint: Endpoint, redact: Redactor, ask: Ask) -> None:
        """Ask token endpoints by `ask`; tokens that come are added to what `redact` hides."""
        self._endpoint = endpoint
        self._redact = redact
        self._ask = ask
        self._tokens: dict[str, str] = {}
        """By what they allow."""
        self._account = ""
        """What the registry takes for everything, once it has asked for that."""

    def known(self, scope: str) -> str:
        """Return the `Authorization` for what `scope` allows; empty: nothing is known."""
        return self._tokens.get(scope, self._account)

    async def answer(self, challenges: Sequence[str], scope: str, *, encrypted: bool) -> str:
        """Return the `Authorization` that a registry asks for; empty: we have none of that kind.

        Args:
            challenges: Its headers `WWW-Authenticate`.
            scope: What a token must allow; empty: what the challenge says.
            encrypted: Whether the registry speaks TLS, so that its token endpoint must, too.

        Raises:
            TokenRefused: the token endpoint gave none.
            Unacceptable: what is asked for must not be done.
        """
        read = read_challenges(challenges)
        bearer = of_scheme("bearer", read)
        if bearer is not None and "realm" in bearer:
            token = await self._token(bearer, scope, encrypted=encrypted)
            self._tokens[scope] = f"Bearer {token}"
            return self._tokens[scope]
        if of_scheme("basic", read) is not None:
            self._account = self._basic()
            return self._account
        return ""

    async def _token(self, challenge: Mapping[str, str], scope: str, *, encrypted: bool) -> str:
        realm = read_url(challenge["realm"])
        if encrypted and realm.scheme != "https":
            raise Unacceptable(f'it names a token endpoint without TLS, "{realm}"')
        wanted = {"client_id": _CLIENT_ID}
        if challenge.get("service"):
            wanted["service"] = challenge["service"]
        question = self._question(realm, wanted, scope or challenge.get("scope", ""))
        answer = await self._ask(question)
        body = answer.json()
        token = body.get("token") or body.get("access_token")
        if answer.status != 200:
            raise TokenRefused(replace(answer, of_tokens=True))
        if not isinstance(token, str) or not (token.isascii() and token.isprintable()):
            raise Unacceptable(f'its token endpoint "{realm}" answers without a token')
        self._redact.add(token)
        return token

    def _question(self, realm: httpx.URL, wanted: Mapping[str, str], scope: str) -> TokenQuestion:
        import httpx

        if self._endpoint.username != IDENTITY_TOKEN:
            url = realm.copy_merge_params({**wanted, "scope": scope.split()})
            return TokenQuestion(method="GET", url=str(url), authorization=self._basic())
        asked = {
            **wanted,
            **({"scope": scope} if scope else {}),
            "grant_type": "refresh_token",
            "refresh_token": self._endpoint.password,
        }
        return TokenQuestion(
            method="POST",
            url=str(realm),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=str(httpx.QueryParams(asked)).encode(),
        )

    def _basic(self) -> str:
        endpoint = self._endpoint
        if endpoint.anonymous or endpoint.username == IDENTITY_TOKEN:
            return ""
        pair = f"{endpoint.username}:{endpoint.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
