"""What the catalog may rely on, whichever database keeps the registries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from registry_service.changes import with_settings
from registry_service.errors import RegistryExists, StoreDamaged, StoreTooNew
from registry_service.registries import PasswordLogin, Provider
from registry_service.snapshot import Snapshot
from registry_service.store.sql import KEPT_REMOVALS, SqlRegistryStore, open_store
from tests.contract.stores import NOW, creating, deciding_nothing, deleting, from_outside, restore


@pytest.fixture
def store(store_url: str) -> Iterator[SqlRegistryStore]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def other(store: SqlRegistryStore, store_url: str) -> Iterator[SqlRegistryStore]:
    """Open the same database once more."""
    opened = open_store(store_url)
    yield opened
    opened.close()


def state(snapshot: Snapshot) -> object:
    return (
        dict(snapshot.registries),
        [each.name for each in snapshot.of_domain("ghcr.io")],
        snapshot.settings,
        snapshot.revision,
    )


def test_change_is_stored_as_it_is_returned(store: SqlRegistryStore) -> None:
    after = store.change(store.load(), creating("one", request_id="of-one"))
    after = store.change(after, creating("two", fallback_registry="registries/one"))

    assert state(store.load()) == state(after)
    assert list(after.names) == ["registries/one", "registries/two"]
    assert after.revision == 2


def test_change_is_decided_on_what_others_wrote(
    store: SqlRegistryStore, other: SqlRegistryStore
) -> None:
    old = store.load()
    newer = other.change(other.load(), creating("one"))

    with pytest.raises(RegistryExists):
        store.change(old, creating("one"))
    after = store.change(old, creating("two"))

    assert after.revision == newer.revision + 1
    assert not after.registries["registries/two"].primary
    assert state(store.load()) == state(after)


def test_refresh_finds_what_was_written_changed_and_removed(
    store: SqlRegistryStore, other: SqlRegistryStore
) -> None:
    present = store.load()
    for decide in (creating("one"), creating("two")):
        present = store.change(present, decide)
    theirs = other.load()
    for decide in (creating("three"), deleting("one"), creating("one"), deleting("two")):
        present = store.change(present, decide)

    refreshed = other.refresh(theirs)

    assert state(refreshed) == state(present)
    assert [each.id for each in refreshed.of_domain("ghcr.io")] == ["three", "one"]


def test_refresh_without_news_is_the_same_snapshot(store: SqlRegistryStore) -> None:
    present = store.change(store.load(), creating("one"))

    assert store.refresh(present) is present
    assert store.change(present, deciding_nothing) is present


def test_snapshot_that_is_far_behind_is_read_anew(
    store: SqlRegistryStore, other: SqlRegistryStore, store_url: str
) -> None:
    theirs = store.change(store.load(), creating("one"))
    with from_outside(store_url) as connection:  # as if as many changes had been made
        connection.execute(text(f"UPDATE settings SET revision = revision + {KEPT_REMOVALS}"))
    present = other.change(other.load(), deleting("one"))
    present = other.change(present, creating("two"))
    with from_outside(store_url) as connection:
        connection.execute(text("DELETE FROM removals"))

    assert state(store.refresh(theirs)) == state(present)


def test_removals_of_long_ago_are_forgotten(store: SqlRegistryStore, store_url: str) -> None:
    present = store.load()
    for decide in (creating("one"), deleting("one"), creating("two")):
        present = store.change(present, decide)
    with from_outside(store_url) as connection:
        connection.execute(text(f"UPDATE settings SET revision = revision + {KEPT_REMOVALS}"))

    store.change(present, deleting("two"))

    with from_outside(store_url) as connection:
        names = connection.execute(text("SELECT name FROM removals")).scalars().all()
    assert names == ["registries/two"]


def test_backup_in_place_of_the_database_is_read_anew(
    store: SqlRegistryStore, store_url: str
) -> None:
    present = store.load()
    for decide in (creating("one"), creating("two")):
        present = store.change(present, decide)
    with from_outside(store_url) as connection:
        connection.execute(text("DELETE FROM registries WHERE name = 'registries/two'"))
        connection.execute(text("UPDATE settings SET revision = 1"))

    assert list(store.refresh(present).names) == ["registries/one"]


def test_error_of_a_decision_writes_nothing(store: SqlRegistryStore) -> None:
    before = store.change(store.load(), creating("one"))

    with pytest.raises(RegistryExists):
        store.change(before, creating("one"))

    assert state(store.load()) == state(before)


def test_database_of_the_first_version_is_brought_up_to_date(store_url: str) -> None:
    restore("registries_0001", store_url)

    store = open_store(store_url)
    found = store.load()
    after = store.change(found, creating("three"))
    store.close()

    one = found.registries["registries/one"]
    assert list(found.names) == [f"registries/{each}" for each in ("gcr", "hub", "one", "two")]
    assert (one.login, one.repository_prefix) == (PasswordLogin(username="ann"), "acme")
    assert one.sealed_secret == b"sealed by another key"
    assert found.made_by("7b6f0f8e-4f0e-4c52-9a1c-3d7f4e8f5a10") == one
    assert [each.id for each in found.falling_back_to(one.name)] == ["two"]
    assert found.primary_of("ghcr.io") == one
    assert set(found.providers) == {Provider.DOCKER_HUB, Provider.GHCR, Provider.GCR}
    assert found.settings.default_registry == "registries/two"
    assert [each.id for each in after.of_domain("ghcr.io")] == ["one", "two", "three"]


def test_database_of_a_newer_version_is_refused(store: SqlRegistryStore, store_url: str) -> None:
    with from_outside(store_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreTooNew, match="install that version"):
        open_store(store_url)


def test_record_that_cannot_be_read_is_told_and_the_rest_works(
    store: SqlRegistryStore, store_url: str
) -> None:
    present = store.change(store.load(), creating("one"))
    present = store.change(present, creating("two"))
    with from_outside(store_url) as connection:
        connection.execute(
            text("UPDATE registries SET registry = :junk WHERE name = 'registries/one'"),
            {"junk": b"\xff"},
        )

    found = store.load()

    with pytest.raises(StoreDamaged, match="registries/one"):
        assert found.registries["registries/one"]
    assert found.with_id("two") == present.with_id("two")
    roles = replace(found.settings, default_registry="registries/two")
    after = store.change(found, lambda before: with_settings(before, roles, NOW))
    assert after.settings.default_registry == "registries/two"
