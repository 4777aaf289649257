"""Databases that fail: each fault is told by its own error, with what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event

from freshet.database import open_database, sqlite_url
from registry_service.errors import StoreDamaged, StoreFull, StoreReadOnly, StoreUnavailable
from registry_service.store.sql import SCHEMA, SqlRegistryStore, open_store
from tests.contract.stores import creating

_PAGE_BYTES = 4096


def _filled(path: Path, count: int = 200) -> None:
    store = open_store(sqlite_url(path))
    present = store.load()
    for number in range(count):
        present = store.change(present, creating(f"r{number}"))
    store.close()


def test_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_text("this is no database, " * 100)

    with pytest.raises(StoreDamaged, match="put a backup"):
        open_store(sqlite_url(path))

    assert path.read_text().startswith("this is no database")


def test_corrupt_file_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    _filled(path)
    content = bytearray(path.read_bytes())
    junk = b"\xa5" * (len(content) - 8 * _PAGE_BYTES)
    content[8 * _PAGE_BYTES :] = junk
    path.write_bytes(content)

    with pytest.raises(StoreDamaged, match="put a backup"):
        open_store(sqlite_url(path)).load()


def test_folder_that_cannot_be_written_is_told() -> None:
    with pytest.raises(StoreReadOnly, match="give the service the right to write"):
        open_store("sqlite:////proc/registry.db")  # not even root can make files there


def test_file_that_must_not_be_written_refuses_writes_and_is_read(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    _filled(path, 1)
    store = open_store(f"sqlite:///file:{path}?mode=ro&uri=true")
    present = store.load()

    with pytest.raises(StoreReadOnly):
        store.change(present, creating("late"))

    assert list(store.load().names) == ["registries/r0"]
    store.close()


def test_full_disk_refuses_writes_until_there_is_space(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path / "registry.db"), SCHEMA)
    limits: list[sqlite3.Connection] = []

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: sqlite3.Connection, *_: object) -> None:
        if not limits:
            connection.execute("PRAGMA max_page_count = 20")
            limits.append(connection)

    store = SqlRegistryStore(engine)
    present = store.load()
    with pytest.raises(StoreFull, match="make space"):
        for number in range(500):
            present = store.change(present, creating(f"r{number}"))

    assert dict(store.load().registries) == dict(present.registries)
    limits[0].execute("PRAGMA max_page_count = 10000")
    assert "registries/late" in store.change(present, creating("late")).registries
    store.close()


def test_postgresql_that_does_not_answer_is_unavailable_and_its_password_a_secret() -> None:
    with pytest.raises(StoreUnavailable, match="look whether it runs") as raised:
        open_store("postgresql://ann:hunter2@127.0.0.1:1/freshet")

    assert "hunter2" not in str(raised.value)


def test_postgresql_that_is_read_only_is_told(postgresql_database: str) -> None:
    store = open_store(postgresql_database)
    present = store.load()
    store.close()
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(
            f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode()
        )
    store = open_store(postgresql_database)

    with pytest.raises(StoreReadOnly):
        store.change(present, creating("late"))

    store.close()
