"""Registries in a SQL database, through SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, select, update

from freshet.database import DatabaseUnavailable, Schema, open_database, transaction
from freshet.registry.v1.registry_pb2 import Registry as RegistryMessage
from freshet.registry.v1.registry_pb2 import RegistrySettings
from registry_service.convert.registries import (
    registry_message,
    registry_of,
    settings_message,
    settings_of,
)
from registry_service.errors import StoreUnavailable
from registry_service.registries import Registry, Settings, Snapshot
from registry_service.store.schema import registries, settings

SCHEMA = Schema(migrations=Path(__file__).with_name("migrations"), revision="0002")


def open_store(url: str) -> SqlRegistryStore:
    """Return the store in the database at `url`, its tables brought up to date.

    Raises:
        StoreUnavailable: the database cannot be used.
    """
    try:
        return SqlRegistryStore(open_database(url, SCHEMA))
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error


class SqlRegistryStore:
    """Keeps registries in a database whose tables are current."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, and dispose of it at the end."""
        self._engine = engine

    def load(self) -> Snapshot:
        """Return what is stored."""
        with self._transaction() as connection:
            return _read(connection)

    def change(self, decide: Callable[[Snapshot], Snapshot]) -> Snapshot:
        """Replace what is stored by what `decide` makes of it, in one transaction."""
        with self._transaction() as connection:
            before = _read(connection)
            after = decide(before)
            _write(connection, before, after)
        return after

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with transaction(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise StoreUnavailable(str(error)) from error


def _read(connection: Connection) -> Snapshot:
    # Locking the one row of the settings puts all writers in a line, also on PostgreSQL.
    stored = connection.execute(select(settings.c.settings).with_for_update()).scalar_one()
    found: dict[str, Registry] = {}
    for row in connection.execute(select(registries).order_by(registries.c.number)):
        found[row.name] = replace(
            registry_of(RegistryMessage.FromString(row.registry)),
            sealed_secret=row.sealed_secret or b"",
            sealed_client_key=row.sealed_client_key or b"",
            request_id=row.request_id or "",
        )
    return Snapshot(registries=found, settings=settings_of(RegistrySettings.FromString(stored)))


def _write(connection: Connection, before: Snapshot, after: Snapshot) -> None:
    for name in before.registries.keys() - after.registries.keys():
        connection.execute(delete(registries).where(registries.c.name == name))
    for name, registry in after.registries.items():
        if name not in before.registries:
            connection.execute(insert(registries).values(name=name, **_columns(registry)))
        elif registry != before.registries[name]:
            row = registries.c.name == name
            connection.execute(update(registries).where(row).values(**_columns(registry)))
    if after.settings != before.settings:
        connection.execute(update(settings).values(settings=_settings_bytes(after.settings)))


def _columns(registry: Registry) -> dict[str, object]:
    return {
        "request_id": registry.request_id or None,
        "registry": registry_message(registry).SerializeToString(),
        "sealed_secret": registry.sealed_secret or None,
        "sealed_client_key": registry.sealed_client_key or None,
    }


def _settings_bytes(present: Settings) -> bytes:
    return settings_message(present).SerializeToString()
