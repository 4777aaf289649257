"""Registries in a SQL database, through SQLAlchemy Core.

One row, that of the settings, counts the changes: whoever writes locks it, so that all writers
stand in a line, and gives its number to every row it touches. What has changed since a snapshot
is therefore found by number, and a removal leaves its name behind for that.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from freshet import database
from freshet.database import DatabaseUnavailable, Schema, open_database
from freshet.registry.v1.registry_pb2 import RegistrySettings
from registry_service.changes import Change
from registry_service.convert.registries import settings_message, settings_of
from registry_service.registries import Registry, Settings
from registry_service.snapshot import Snapshot
from registry_service.store.polling import every_few_seconds
from registry_service.store.port import Decide
from registry_service.store.records import StoredRegistry
from registry_service.store.schema import registries, removals, settings
from registry_service.store.troubles import trouble_of

# Registries are written rarely, and one that was acknowledged must not be gone after a power cut.
SCHEMA = Schema(migrations=Path(__file__).with_name("migrations"), revision="0004", synced=True)
CHANNEL = "freshet_registries"
KEPT_REMOVALS = 10_000
"""Revisions whose removals are kept: a snapshot that is further behind is read anew."""

_ROWS: Select[Any] = select(
    registries.c.number,
    registries.c.name,
    registries.c.domain,
    registries.c.is_primary,
    registries.c.fallback_registry,
    registries.c.provider,
    func.coalesce(registries.c.request_id, ""),
    registries.c.registry,
    func.coalesce(registries.c.sealed_secret, literal(b"")),
    func.coalesce(registries.c.sealed_client_key, literal(b"")),
)
_STATE = select(settings.c.revision, settings.c.settings)


def open_store(url: str) -> SqlRegistryStore:
    """Return the store in the database at `url`, its tables brought up to date.

    Raises:
        StoreUnavailable: the database cannot be used.
    """
    try:
        return SqlRegistryStore(open_database(url, SCHEMA))
    except DatabaseUnavailable as error:
        raise trouble_of(error) from error


class SqlRegistryStore:
    """Keeps registries in a database whose tables are current."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, and dispose of it at the end."""
        self._engine = engine

    def load(self) -> Snapshot:
        """Return what is stored."""
        with self._translated(database.reading(self._engine)) as connection:
            return _loaded(connection, *_state(connection, _STATE))

    def refresh(self, present: Snapshot) -> Snapshot:
        """Return what is stored; it costs what has changed since `present`."""
        with self._translated(database.reading(self._engine)) as connection:
            return _current(connection, present, *_state(connection, _STATE))

    def change(self, present: Snapshot, decide: Decide) -> Snapshot:
        """Make the change that `decide` wants of what is stored, in one transaction."""
        with self._translated(database.transaction(self._engine)) as connection:
            locked = _state(connection, _STATE.with_for_update())
            before = _current(connection, present, *locked)
            change = decide(before)
            return _write(connection, before, change) if change else before

    def news(self) -> AsyncGenerator[None]:
        """Yield whenever others may have written, or the store may have gone or come back."""
        if self._engine.dialect.name != "postgresql":
            return every_few_seconds()
        from registry_service.store.postgresql import notifications

        return notifications(CHANNEL, database.connect_arguments(self._engine))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    @contextmanager
    def _translated(self, opened: AbstractContextManager[Connection]) -> Iterator[Connection]:
        try:
            with opened as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise trouble_of(error) from error


def _state(connection: Connection, query: Select[Any]) -> tuple[int, Settings]:
    row = connection.execute(query).one()
    return row.revision, settings_of(RegistrySettings.FromString(row.settings))


def _current(
    connection: Connection, present: Snapshot, revision: int, stored: Settings
) -> Snapshot:
    if present.revision == revision:
        return present
    # A database that a backup was put in place of may count less than we have seen.
    if not revision - KEPT_REMOVALS <= present.revision < revision:
        return _loaded(connection, revision, stored)
    since = present.revision
    removed = connection.scalars(select(removals.c.name).where(removals.c.revision > since))
    return present.changed(
        written=_records(connection, _ROWS.where(registries.c.revision > since)),
        removed=removed.all(),
        settings=stored,
        revision=revision,
    )


def _loaded(connection: Connection, revision: int, stored: Settings) -> Snapshot:
    return Snapshot.of_records(_records(connection, _ROWS), stored, revision)


def _records(connection: Connection, query: Select[Any]) -> Sequence[StoredRegistry]:
    # Rows by the hundred thousand: a row of SQLAlchemy's own for each would double the time.
    cursor = connection.execute(query.order_by(registries.c.number)).cursor
    assert cursor is not None
    return [StoredRegistry._make(row) for row in cursor.fetchall()]


def _write(connection: Connection, before: Snapshot, change: Change) -> Snapshot:
    revision = before.revision + 1
    roles = change.settings or before.settings
    stored = settings_message(roles).SerializeToString()
    connection.execute(update(settings).values(settings=stored, revision=revision))
    for name in change.removed:
        _remove(connection, name, revision)
    written = [_row(registry, before, revision) for registry in change.written]
    values = [row.columns(revision) for row in written]
    if new := [each for each in values if each["number"] == revision]:
        connection.execute(insert(registries), new)
    if others := [each for each in values if each["number"] != revision]:
        same = registries.c.number == bindparam("of_number")
        by_number = [{**each, "of_number": each["number"]} for each in others]
        connection.execute(update(registries).where(same), by_number)
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, str(revision))))
    return before.changed(
        written=written, removed=change.removed, settings=roles, revision=revision
    )


def _remove(connection: Connection, name: str, revision: int) -> None:
    connection.execute(delete(registries).where(registries.c.name == name))
    connection.execute(insert(removals).values(revision=revision, name=name))
    expired = removals.c.revision <= revision - KEPT_REMOVALS
    connection.execute(delete(removals).where(expired))


def _row(registry: Registry, before: Snapshot, revision: int) -> StoredRegistry:
    present = before.record(registry.name)
    # A change makes one registry at most, so that its revision is a number of its own.
    return StoredRegistry.of(registry, present.number if present else revision)
