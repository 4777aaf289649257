"""The access tokens there are: looked up in memory, written through to a store."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from freshet.rpc.access import Caller, Grant
from registry_service.access.records import ACCESS_TOKENS, AccessToken, hash_of
from registry_service.errors import AccessTokenNotFound, StoreUnavailable
from registry_service.store.access_port import AccessStore

_log = logging.getLogger(__name__)
_PREFIX = "freshet_"
"""Begins each secret, so that people and scanners know what they have found."""
_SECRET_BYTES = 32
_NAME_BYTES = 6
FOLLOW_S = 1.0
"""How often the store is asked what other processes wrote."""


class Tokens:
    """Reads from memory, writes through to a store. Belongs to one event loop."""

    def __init__(self, store: AccessStore) -> None:
        """Begin with what `store` holds. Blocks.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        self._store = store
        self._tokens: Mapping[bytes, AccessToken] = {}
        self._grants: Mapping[bytes, Grant] = {}
        self._lock = asyncio.Lock()
        self._take(store.tokens())

    def find_grant(self, secret: str) -> Grant | None:
        """Return what a secret stands for; None: there is no token with it.

        It is found by its hash, so that the time tells nothing about other secrets.
        """
        return self._grants.get(hash_of(secret))

    def page(self, after: str, size: int) -> Sequence[AccessToken]:
        """Return at most `size` tokens by name, of those after the name `after`."""
        later = (token for token in self._tokens.values() if token.name > after)
        return sorted(later, key=lambda token: token.name)[:size]

    async def create(self, draft: AccessToken) -> tuple[AccessToken, str]:
        """Keep a token, with a name and a secret of its own; return it and the secret.

        Raises:
            StoreUnavailable: the store did not take it.
        """
        secret = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        name = ACCESS_TOKENS.name(f"t{secrets.token_hex(_NAME_BYTES)}")
        token = replace(draft, name=name, secret_hash=hash_of(secret))
        async with self._lock:
            await asyncio.to_thread(self._store.add_token, token)
            self._take([*self._tokens.values(), token])
        return token, secret

    async def delete(self, name: str) -> None:
        """Take a token away; calls with it are refused from now on.

        Raises:
            AccessTokenNotFound: there is none of that name.
            StoreUnavailable: the store did not take it.
        """
        async with self._lock:
            found = await asyncio.to_thread(self._store.remove_token, name)
            self._take([token for token in self._tokens.values() if token.name != name])
        if not found:
            raise AccessTokenNotFound(name)

    async def reload(self) -> None:
        """Read what other processes wrote.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        async with self._lock:
            self._take(await asyncio.to_thread(self._store.tokens))

    async def follow(self) -> None:
        """Read what other processes write, again and again, until it is cancelled."""
        away = False
        while True:
            await asyncio.sleep(FOLLOW_S)
            try:
                await self.reload()
            except StoreUnavailable as error:
                if not away:
                    _log.warning("tokens may be out of date: %s", error)
                away = True
            else:
                away = False

    def _take(self, tokens: Sequence[AccessToken]) -> None:
        self._tokens = {token.secret_hash: token for token in tokens}
        self._grants = {token.secret_hash: _grant(token) for token in tokens}


def _grant(token: AccessToken) -> Grant:
    return Grant(
        caller=Caller(name=token.name, role=token.role),
        expire_time_s=token.expire_time.timestamp() if token.expire_time else None,
    )
