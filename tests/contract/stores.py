"""Registries for tests of stores, and the databases that they look into from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url

from registry_service.changes import Change, Draft, with_created, with_deleted
from registry_service.registries import Provider, Registry
from registry_service.snapshot import Snapshot
from registry_service.store.port import Decide

NOW = datetime(2026, 11, 24, tzinfo=UTC)
_DATABASES = Path(__file__).with_name("databases")


def creating(registry_id: str, **fields: str) -> Decide:
    """Return the decision to make a registry."""
    registry = Registry(name=f"registries/{registry_id}", provider=Provider.GHCR, domain="ghcr.io")
    draft = Draft(registry=replace(registry, **fields), has_secret=False)  # type: ignore[arg-type]  # fields of a registry that are text
    return lambda before: with_created(before, draft, NOW)


def deleting(registry_id: str) -> Decide:
    """Return the decision to delete a registry."""
    return lambda before: with_deleted(before, f"registries/{registry_id}", "", NOW)


def deciding_nothing(_before: Snapshot) -> Change:
    """Change nothing."""
    return Change()


@contextmanager
def from_outside(url: str) -> Iterator[Connection]:
    """Open a database as somebody else does, and commit at the end."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def restore(name: str, url: str) -> None:
    """Fill an empty database from the dump `name` of its kind."""
    kind = make_url(url).get_backend_name()
    dump = (_DATABASES / f"{name}.{kind}.sql").read_text(encoding="utf-8")
    with from_outside(url) as connection:
        for statement in dump.split(";\n"):
            if statement.strip() and statement not in ("BEGIN TRANSACTION", "COMMIT"):
                connection.exec_driver_sql(statement)
