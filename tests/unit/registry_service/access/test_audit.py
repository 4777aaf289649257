"""The audit log, with a store that may be away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from freshet.access.v1.access_pb2 import Role
from freshet.database import sqlite_url
from freshet.rpc.access import Method
from freshet.rpc.calls import Call
from registry_service.access.audit import AuditLog
from registry_service.access.records import AccessToken, AuditEntry, Retention, StoredEntry
from registry_service.errors import StoreUnavailable
from registry_service.store.access import SqlAccessStore, open_access_store

START = datetime(2026, 1, 1, tzinfo=UTC)
CALL = Call(
    method=Method(name="UpdateRegistry", role=Role.ROLE_EDITOR, audited=True),
    caller="accessTokens/ann",
    resource="registries/ghcr",
    code="OK",
    outcome="OK",
    refused=False,
    duration_s=0.001,
    request_id="1",
)
REFUSED = replace(CALL, caller="unknown:10.0.0.1", outcome="TOKEN_INVALID", refused=True)


@dataclass(slots=True)
class Clock:
    """Unix time that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> float:
        return self.now.timestamp()


@dataclass(slots=True)
class Store:
    """A store in memory that may be away."""

    away: bool = False
    kept: list[AuditEntry] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)

    def tokens(self) -> Sequence[AccessToken]:
        return ()

    def add_token(self, token: AccessToken) -> None:
        raise AssertionError("the audit log makes no tokens")

    def remove_token(self, name: str) -> bool:
        raise AssertionError("the audit log takes no tokens away")

    def append(self, entries: Sequence[AuditEntry]) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.kept += entries
        self.batches.append(len(entries))

    def entries(self, before: int | None, count: int) -> Sequence[StoredEntry]:
        return ()

    def prune(self, since: datetime, entry_count: int) -> None:
        pass

    def close(self) -> None:
        pass


async def test_write_is_stored_when_it_returns_with_what_was_noted_before() -> None:
    store, clock = Store(), Clock()
    audit = AuditLog(store, clock=clock)

    audit.note(
        replace(
            CALL,
            method=Method(name="IssueRegistryCredentials", role=Role.ROLE_RUNNER, audited=True),
        )
    )
    await audit.write(CALL)

    assert [entry.method for entry in store.kept] == ["IssueRegistryCredentials", "UpdateRegistry"]
    assert store.kept[-1] == AuditEntry(
        event_time=START,
        caller="accessTokens/ann",
        method="UpdateRegistry",
        resource="registries/ghcr",
        outcome="OK",
    )


async def test_writes_at_once_are_stored_together() -> None:
    store = Store()
    audit = AuditLog(store, clock=Clock())

    await asyncio.gather(*(audit.write(CALL) for _ in range(50)))

    assert len(store.kept) == 50
    assert len(store.batches) < 50


async def test_entries_wait_while_the_store_is_away(caplog: pytest.LogCaptureFixture) -> None:
    store = Store(away=True)
    audit = AuditLog(store, clock=Clock())

    await audit.write(CALL)
    waiting = audit.waiting_count
    store.away = False
    await audit.write(CALL)

    assert waiting == 1
    assert len(store.kept) == 2
    assert audit.waiting_count == audit.lost_count == 0
    assert "1 entries of the audit log wait: away" in caplog.text


async def test_what_waits_is_bounded_and_what_is_lost_is_counted() -> None:
    store = Store(away=True)
    audit = AuditLog(store, clock=Clock())
    for _ in range(10_005):
        audit.note(CALL)

    await audit.close()

    assert (audit.waiting_count, audit.lost_count) == (10_000, 5)


async def test_like_refusals_are_noted_once_a_minute() -> None:
    store, clock = Store(), Clock()
    audit = AuditLog(store, clock=clock)

    for _ in range(100):
        audit.note(REFUSED)
    audit.note(replace(REFUSED, caller="unknown:10.0.0.2"))
    clock.now += timedelta(minutes=1)
    audit.note(REFUSED)
    await audit.close()

    assert [entry.caller for entry in store.kept] == [
        "unknown:10.0.0.1",
        "unknown:10.0.0.2",
        "unknown:10.0.0.1",
    ]


async def test_flood_of_refusals_from_everywhere_is_bounded() -> None:
    store = Store()
    audit = AuditLog(store, clock=Clock())

    for number in range(5000):
        audit.note(replace(REFUSED, caller=f"unknown:{number}"))
    await audit.close()

    assert len(store.kept) == 1000


@pytest.fixture
def sql(tmp_path: Path) -> SqlAccessStore:
    return open_access_store(sqlite_url(tmp_path / "registry.db"))


async def test_old_entries_are_forgotten_by_age(sql: SqlAccessStore) -> None:
    clock = Clock()
    retention = Retention(days=7, entry_count=100)
    await AuditLog(sql, retention, clock).write(CALL)
    clock.now += timedelta(days=8)

    await AuditLog(sql, retention, clock).write(replace(CALL, outcome="LATER"))

    assert [stored.entry.outcome for stored in sql.entries(None, 10)] == ["LATER"]
    sql.close()


async def test_old_entries_are_forgotten_by_count(sql: SqlAccessStore) -> None:
    audit = AuditLog(sql, Retention(days=7, entry_count=3), Clock())
    for number in range(1000):
        audit.note(replace(CALL, outcome=str(number)))

    await audit.close()

    assert [stored.entry.outcome for stored in sql.entries(None, 10)] == ["999", "998", "997"]
    sql.close()
