"""Who is primary, default, cache and fallback after registries come, change and go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from registry_service.changes import (
    Draft,
    imagined,
    with_created,
    with_deleted,
    with_settings,
    with_updated,
)
from registry_service.errors import InvalidRequest
from registry_service.registries import Provider, Registry, Settings
from registry_service.snapshot import Snapshot

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def registry(name: str, domain: str = "one.test", *, primary: bool = False) -> Registry:
    return Registry(
        name=f"registries/{name}", provider=Provider.OTHER, domain=domain, primary=primary
    )


def created(*registries: Registry) -> Snapshot:
    snapshot = Snapshot()
    for each in registries:
        change = with_created(snapshot, Draft(registry=each, has_secret=False), NOW)
        snapshot = imagined(snapshot, change)
    return snapshot


def updated(snapshot: Snapshot, name: str, **fields: object) -> Snapshot:
    changed = replace(snapshot.registries[f"registries/{name}"], **fields)  # type: ignore[arg-type]
    draft = Draft(registry=changed, has_secret=False)
    return imagined(snapshot, with_updated(snapshot, draft, NOW))


def deleted(snapshot: Snapshot, name: str) -> Snapshot:
    return imagined(snapshot, with_deleted(snapshot, f"registries/{name}", "", NOW))


def settled(snapshot: Snapshot, settings: Settings) -> Snapshot:
    return imagined(snapshot, with_settings(snapshot, settings, NOW))


def primaries(snapshot: Snapshot) -> set[str]:
    return {each.id for each in snapshot.registries.values() if each.primary}


TWO = (registry("a"), registry("b"))
ACROSS = (registry("a"), registry("b"), registry("c", "other.test"))


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        (created(registry("a")), {"a"}),
        (created(*TWO), {"a"}),
        (created(registry("a"), registry("b", primary=True)), {"b"}),
        (created(*ACROSS), {"a", "c"}),
        (updated(created(*TWO), "b", primary=True), {"b"}),
        (updated(created(*TWO), "a", primary=False), set()),
        (updated(created(registry("a")), "a", primary=False), {"a"}),
        (updated(created(*ACROSS), "a", domain="other.test"), {"b", "c"}),
        (updated(created(*ACROSS), "b", domain="other.test"), {"a", "c"}),
        (updated(created(*ACROSS), "c", domain="one.test"), {"a"}),
        (updated(created(*TWO), "a", domain="new.test"), {"a", "b"}),
        (updated(created(*TWO), "a", domain="One.test"), {"a"}),
        (deleted(created(*TWO), "a"), {"b"}),
        (deleted(created(*TWO), "b"), {"a"}),
    ],
)
def test_primary_registries_are(snapshot: Snapshot, expected: set[str]) -> None:
    assert primaries(snapshot) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", Settings(cache_registry="registries/b")),
        ("b", Settings(default_registry="registries/a")),
        ("c", Settings(default_registry="registries/a", cache_registry="registries/b")),
    ],
)
def test_deleted_registry_loses_its_roles(name: str, expected: Settings) -> None:
    settings = Settings(default_registry="registries/a", cache_registry="registries/b")
    before = settled(created(*ACROSS), settings)

    after = deleted(before, name)

    assert replace(after.settings, etag="") == expected


def test_fallback_that_is_deleted_is_cleared_and_the_etag_changes() -> None:
    before = updated(created(*ACROSS), "c", fallback_registry="registries/a")

    after = deleted(before, "a")

    then, now = before.registries["registries/c"], after.registries["registries/c"]
    assert now.fallback_registry == ""
    assert now.etag != then.etag


@pytest.mark.parametrize(
    ("fallback", "reason"),
    [("registries/a", "FALLBACK_IS_ITSELF"), ("registries/none", "REGISTRY_NOT_FOUND")],
)
def test_fallback_must_be_another_registry_that_exists(fallback: str, reason: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        updated(created(*TWO), "a", fallback_registry=fallback)

    assert [(fault.field, fault.reason) for fault in raised.value.faults] == [
        ("registry.fallback_registry", reason)
    ]


def test_two_registries_may_be_the_fallback_of_each_other() -> None:
    snapshot = updated(created(*TWO), "a", fallback_registry="registries/b")

    snapshot = updated(snapshot, "b", fallback_registry="registries/a")

    pointing = {each.id: each.fallback_registry for each in snapshot.registries.values()}
    assert pointing == {"a": "registries/b", "b": "registries/a"}


def test_caching_registry_cannot_move_to_docker_hub() -> None:
    settings = Settings(cache_registry="registries/a")
    before = settled(created(*TWO), settings)

    with pytest.raises(InvalidRequest) as raised:
        updated(before, "a", domain="index.docker.io")

    assert [fault.reason for fault in raised.value.faults] == ["CACHE_ON_DOCKER_HUB"]


def test_first_registry_is_the_default_only_while_there_is_none() -> None:
    snapshot = created(*TWO)
    assert snapshot.settings.default_registry == "registries/a"

    emptied = deleted(snapshot, "a")

    assert emptied.settings.default_registry == ""
    change = with_created(emptied, Draft(registry=registry("c"), has_secret=False), NOW)
    assert imagined(emptied, change).settings.default_registry == ""
