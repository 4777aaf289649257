"""Databases of earlier versions are brought up to date with what they hold."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from freshet.database import Schema, open_database, sqlite_url
from registry_service.convert.registries import registry_message
from registry_service.registries import Provider, Registry
from registry_service.store.sql import SCHEMA, open_store


def test_registry_of_the_first_version_has_no_client_key(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "registry.db")
    open_database(url, Schema(migrations=SCHEMA.migrations, revision="0001")).dispose()
    registry = Registry(name="registries/mine", provider=Provider.GHCR, domain="ghcr.io")
    stored = registry_message(registry).SerializeToString()
    connection = sqlite3.connect(tmp_path / "registry.db")
    with connection:
        connection.execute(
            "INSERT INTO registries (name, registry, sealed_secret) VALUES (?, ?, ?)",
            (registry.name, stored, b"sealed"),
        )
    connection.close()

    store = open_store(url)

    found = store.load().registries[registry.name]
    store.close()
    assert (found.sealed_secret, found.sealed_client_key) == (b"sealed", b"")
