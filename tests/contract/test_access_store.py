"""What a store of tokens and entries promises, kept by SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from freshet.access.v1.access_pb2 import Role
from registry_service.access.records import AccessToken, AuditEntry, hash_of
from registry_service.access.tokens import Tokens
from registry_service.store.access import SqlAccessStore, open_access_store

NOW = datetime(2026, 1, 1, 12, 30, 15, 123456, UTC)
TOKEN = AccessToken(
    name="accessTokens/t1",
    display_name="der Läufer von Ann",
    role=Role.ROLE_RUNNER,
    create_time=NOW,
    expire_time=NOW + timedelta(days=1),
    secret_hash=hash_of("secret"),
)


def entry(number: int) -> AuditEntry:
    return AuditEntry(
        event_time=NOW + timedelta(minutes=number),
        caller="accessTokens/t1",
        method="UpdateRegistry",
        resource=f"registries/r{number}",
        outcome="OK",
    )


@pytest.fixture
def store(store_url: str) -> Iterator[SqlAccessStore]:
    with closing(open_access_store(store_url)) as opened:
        yield opened


def test_token_is_read_back_as_it_was_written(store: SqlAccessStore) -> None:
    store.add_token(TOKEN)

    assert store.tokens() == [TOKEN]


def test_token_is_taken_away_once(store: SqlAccessStore) -> None:
    store.add_token(TOKEN)

    assert [store.remove_token(TOKEN.name) for _ in range(2)] == [True, False]
    assert store.tokens() == []


def test_entries_are_read_from_the_newest_back(store: SqlAccessStore) -> None:
    store.append([entry(number) for number in range(3)])

    newest = store.entries(None, 2)
    rest = store.entries(newest[-1].sequence, 10)

    assert [stored.entry for stored in newest] == [entry(2), entry(1)]
    assert [stored.entry for stored in rest] == [entry(0)]


def test_old_entries_are_forgotten_by_age_and_by_count(store: SqlAccessStore) -> None:
    store.append([entry(number) for number in range(10)])

    store.prune(NOW + timedelta(minutes=2), 100)
    young = len(store.entries(None, 100))
    store.prune(NOW, 3)

    assert young == 8
    assert [stored.entry for stored in store.entries(None, 100)] == [entry(9), entry(8), entry(7)]


async def test_token_that_another_replica_took_away_works_no_longer(store_url: str) -> None:
    with (
        closing(open_access_store(store_url)) as one,
        closing(open_access_store(store_url)) as other,
    ):
        here, there = Tokens(one), Tokens(other)
        token, secret = await here.create(TOKEN)
        await there.reload()
        before = there.find_grant(secret)

        await here.delete(token.name)
        await there.reload()

        assert before
        assert there.find_grant(secret) is None
