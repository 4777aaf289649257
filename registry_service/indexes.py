"""Where registries are found by all that somebody looks for, kept along with every change."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from immutables import Map, MapMutation

from registry_service.ordered import Ordered
from registry_service.registries import Registry

_Age = tuple[int, str]
"""Number and name: sorts the oldest first."""
_Group = TypeVar("_Group", bound=Hashable)
_Key = TypeVar("_Key", _Age, str)


class Record(Protocol):
    """A registry as a snapshot keeps it: what it is looked up by, and all else on demand."""

    @property
    def number(self) -> int:
        """Place in the order of creation."""

    @property
    def name(self) -> str:
        """Resource name."""

    @property
    def domain(self) -> str:
        """Normalised."""

    @property
    def primary(self) -> bool:
        """Whether it is the primary one of its domain."""

    @property
    def fallback_registry(self) -> str:
        """Resource name; empty: none."""

    @property
    def request_id(self) -> str:
        """Id of the request that made it; empty: it had none."""

    @property
    def provider(self) -> str:
        """Name of the `Provider`."""

    @property
    def message(self) -> bytes | None:
        """The message `Registry` as it is told to callers; None: it is not stored as such."""

    @property
    def registry(self) -> Registry:
        """All of it."""


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where the records are, by all that somebody looks for."""

    records: Map[str, Record]
    names: Ordered[str]
    ages: Ordered[_Age]
    domains: Map[str, Ordered[_Age]]
    primaries: Map[str, str]
    """Name of the primary registry by domain."""
    fallbacks: Map[str, Ordered[str]]
    """Names of the registries that fall back to one, by its name."""
    requests: Map[str, str]
    """Name of the registry that a request made, by the request's id."""
    provider_counts: Map[str, int]


def indexed(records: Sequence[Record]) -> Indexes:
    """Build all indexes at once, which takes a tenth of adding one record after the other."""
    domains: dict[str, list[_Age]] = {}
    fallbacks: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    ages = []
    for record in records:
        age = (record.number, record.name)
        ages.append(age)
        domains.setdefault(record.domain, []).append(age)
        counts[record.provider] = counts.get(record.provider, 0) + 1
        if record.fallback_registry:
            fallbacks.setdefault(record.fallback_registry, []).append(record.name)
    by_name = {record.name: record for record in records}
    return Indexes(
        records=Map(by_name),
        names=Ordered(by_name),
        ages=Ordered(ages),
        domains=Map({domain: Ordered(of_domain) for domain, of_domain in domains.items()}),
        primaries=Map(
            {record.domain: record.name for record in reversed(records) if record.primary}
        ),
        fallbacks=Map({name: Ordered(names) for name, names in fallbacks.items()}),
        requests=Map({record.request_id: record.name for record in records if record.request_id}),
        provider_counts=Map(counts),
    )


class IndexChange:
    """Takes records away and adds others, at a cost that does not grow with their number."""

    def __init__(self, before: Indexes) -> None:
        """Begin with `before`, which stays as it is."""
        self._records = before.records.mutate()
        self._names, self._ages = before.names, before.ages
        self._domains = before.domains.mutate()
        self._primaries = before.primaries.mutate()
        self._fallbacks = before.fallbacks.mutate()
        self._requests = before.requests.mutate()
        self._provider_counts = before.provider_counts.mutate()

    def put(self, record: Record) -> None:
        """Add a record, in the place of the one of its name."""
        present = self._records.get(record.name)
        if present is None or present.number != record.number:
            self.take_away(record.name)
            self._names = self._names.with_key(record.name)
            self._ages = self._ages.with_key((record.number, record.name))
        else:
            self._forget(present)
        self._records[record.name] = record
        self._note(record)

    def take_away(self, name: str) -> None:
        """Take the record of a name away, if there is one."""
        record = self._records.get(name)
        if record is None:
            return
        del self._records[name]
        self._names = self._names.without(name)
        self._ages = self._ages.without((record.number, name))
        self._forget(record)

    def finish(self) -> Indexes:
        """Return what has come of it."""
        return Indexes(
            records=self._records.finish(),
            names=self._names,
            ages=self._ages,
            domains=self._domains.finish(),
            primaries=self._primaries.finish(),
            fallbacks=self._fallbacks.finish(),
            requests=self._requests.finish(),
            provider_counts=self._provider_counts.finish(),
        )

    def _note(self, record: Record) -> None:
        name = record.name
        _join(self._domains, record.domain, (record.number, name))
        if record.primary:
            self._primaries[record.domain] = name
        if record.fallback_registry:
            _join(self._fallbacks, record.fallback_registry, name)
        if record.request_id:
            self._requests[record.request_id] = name
        count = self._provider_counts.get(record.provider, 0)
        self._provider_counts[record.provider] = count + 1

    def _forget(self, record: Record) -> None:
        name = record.name
        _leave(self._domains, record.domain, (record.number, name))
        if self._primaries.get(record.domain) == name:
            del self._primaries[record.domain]
        if record.fallback_registry:
            _leave(self._fallbacks, record.fallback_registry, name)
        if self._requests.get(record.request_id) == name:
            del self._requests[record.request_id]
        self._provider_counts[record.provider] -= 1
        if not self._provider_counts[record.provider]:
            del self._provider_counts[record.provider]


def _join(groups: MapMutation[_Group, Ordered[_Key]], group: _Group, key: _Key) -> None:
    groups[group] = groups.get(group, Ordered[_Key]()).with_key(key)


def _leave(groups: MapMutation[_Group, Ordered[_Key]], group: _Group, key: _Key) -> None:
    left = groups[group].without(key)
    if left:
        groups[group] = left
    else:
        del groups[group]
