"""What all ways to log in are tried with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from registry_service.credentials.issue import Issuer
from registry_service.registries import Login, Provider, Registry, Transport
from registry_service.sealing import Sealer, seal_secrets
from registry_service.sealing_keys import SealingKey

SEALER = Sealer(lambda: [SealingKey(key=bytes(32))])


class Clock:
    """A clock that a test turns."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def registry_with(
    login: Login,
    secret: str = "",
    *,
    domain: str = "registry.test",
    transport: Transport = Transport(),  # noqa: B008  # it never changes
    client_key: str = "",
) -> Registry:
    """Return a registry as it is stored; its provider does not matter here."""
    registry = Registry(
        name="registries/mine", provider=Provider.OTHER, domain=domain, login=login, etag="1"
    )
    return seal_secrets(replace(registry, transport=transport), secret, client_key, SEALER)


Issuing = Callable[..., Issuer]


@pytest.fixture
async def issuing() -> AsyncIterator[Issuing]:
    """Make issuers that are closed at the end."""
    async with AsyncExitStack() as stack:

        def make(
            environment: Mapping[str, str] | None = None,
            clock: Clock | None = None,
            timeout_s: float = 20.0,
        ) -> Issuer:
            issuer = Issuer(SEALER, environment or {}, clock or Clock(), timeout_s)
            stack.push_async_callback(issuer.close)
            return issuer

        yield make
