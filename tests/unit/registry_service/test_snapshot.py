"""Snapshots find what a walk through all registries would find, whatever has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from registry_service.registries import Provider, Registry, Settings
from registry_service.snapshot import Snapshot, unstored

_NAMES = [f"registries/{letter}" for letter in "abcdef"]
_DOMAINS = ["ghcr.io", "quay.io"]


@dataclass(frozen=True, slots=True)
class _Step:
    """One change: what is written, or the name that is taken away."""

    registry: Registry
    removes: bool


_REGISTRIES = st.builds(
    Registry,
    name=st.sampled_from(_NAMES),
    provider=st.sampled_from([Provider.GHCR, Provider.GCR]),
    domain=st.sampled_from(_DOMAINS),
    primary=st.booleans(),
    fallback_registry=st.sampled_from(["", *_NAMES]),
)
_STEPS = st.lists(st.builds(_Step, _REGISTRIES, st.booleans()), max_size=30)


def _model(steps: list[_Step]) -> tuple[dict[str, Registry], Snapshot]:
    """Return all registries, the oldest first, and the snapshot that the same steps made."""
    expected: dict[str, Registry] = {}
    snapshot = Snapshot()
    for revision, step in enumerate(steps, 1):
        name, present = step.registry.name, snapshot.record(step.registry.name)
        written = replace(step.registry, request_id=f"of {name}")
        if step.removes:
            expected.pop(name, None)
            removed, records = [name], []
        else:
            if written.primary:
                written = replace(written, primary=not _primaries(expected, written))
            expected[name] = written
            removed = []
            records = [unstored(written, present.number if present else revision)]
        snapshot = snapshot.changed(
            written=records, removed=removed, settings=Settings(), revision=revision
        )
    return expected, snapshot


def _primaries(registries: dict[str, Registry], but: Registry) -> list[str]:
    return [
        each.name
        for each in registries.values()
        if each.primary and each.domain == but.domain and each.name != but.name
    ]


@given(_STEPS)
def test_look_ups_tell_what_a_walk_would(steps: list[_Step]) -> None:
    expected, snapshot = _model(steps)
    registries = list(expected.values())

    assert dict(snapshot.registries) == expected
    assert list(snapshot.names) == sorted(expected)
    assert snapshot.oldest == (registries[0] if registries else None)
    assert set(snapshot.providers) == {each.provider for each in registries}
    for domain in _DOMAINS:
        of_domain = [each for each in registries if each.domain == domain]
        assert snapshot.of_domain(domain) == of_domain
        assert snapshot.first_of(domain, 2) == of_domain[:2]
        primary = [each for each in of_domain if each.primary]
        assert snapshot.primary_of(domain) == (primary[0] if primary else None)
    for name in _NAMES:
        pointing = [each for each in registries if each.fallback_registry == name]
        assert snapshot.falling_back_to(name) == sorted(pointing, key=lambda each: each.name)
        assert snapshot.made_by(f"of {name}") == expected.get(name)
    assert snapshot.made_by("") is None
    _same_as_built_at_once(snapshot, expected)


def _same_as_built_at_once(snapshot: Snapshot, expected: dict[str, Registry]) -> None:
    at_once = Snapshot(expected)
    assert dict(at_once.registries) == dict(snapshot.registries)
    assert [at_once.of_domain(domain) for domain in _DOMAINS] == [
        snapshot.of_domain(domain) for domain in _DOMAINS
    ]


def test_snapshot_before_a_change_stays_as_it_is() -> None:
    one = Registry(name="registries/one", provider=Provider.GHCR, domain="ghcr.io")
    before = Snapshot({one.name: one})

    after = before.changed(written=[], removed=[one.name], settings=Settings(), revision=1)

    assert (list(before.names), list(after.names)) == (["registries/one"], [])
    assert before.with_id("one") == one
