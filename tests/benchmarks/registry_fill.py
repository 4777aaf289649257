"""Databases with many registries, filled without asking the service."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert, update

from freshet.database import open_database, transaction
from registry_service.registries import PasswordLogin, Provider, Registry
from registry_service.sealing import Sealer
from registry_service.sealing_keys import SealingKey
from registry_service.store.records import StoredRegistry
from registry_service.store.schema import registries, settings
from registry_service.store.sql import SCHEMA

KEY = SealingKey(key=b"k" * 32)
_OF_A_DOMAIN = 100
_NOW = datetime(2026, 11, 24, tzinfo=UTC)


def registry_id(number: int) -> str:
    """Return the name of a registry, counted from 0."""
    return f"registry-{number:06}"


def fill(url: str, count: int) -> None:
    """Make `count` registries with a password each in an empty database."""
    engine = open_database(url, SCHEMA)
    sealer = Sealer(lambda: [KEY])
    rows = [StoredRegistry.of(_registry(number, sealer), number + 1) for number in range(count)]
    with transaction(engine) as connection:
        connection.execute(insert(registries), [row.columns(row.number) for row in rows])
        connection.execute(update(settings).values(revision=count))
    engine.dispose()


def _registry(number: int, sealer: Sealer) -> Registry:
    name = f"registries/{registry_id(number)}"
    return Registry(
        name=name,
        provider=Provider.OTHER,
        domain=f"registry-{number // _OF_A_DOMAIN}.example.com:5000",
        repository_prefix=f"team-{number}",
        primary=number % _OF_A_DOMAIN == 0,
        login=PasswordLogin(username="ann"),
        sealed_secret=sealer.seal(f"password of {number}", name),
        create_time=_NOW,
        update_time=_NOW,
        etag=f"{number:032x}",
    )
