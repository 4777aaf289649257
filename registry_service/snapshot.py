"""Everything the service knows at one moment. Immutable: a change makes the next one of it.

Every look-up has an index that is kept along, so that none costs more among 100,000 registries
than among ten, and so does the next snapshot: it shares what has not changed with the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from immutables import Map

from freshet.rpc.names import REGISTRIES
from registry_service.indexes import IndexChange, Indexes, Record, indexed
from registry_service.ordered import Ordered
from registry_service.registries import Provider, Registry, Settings

_UNSET = Settings()


@dataclass(frozen=True, slots=True)
class _Known:
    """The record of a registry that is in memory as a whole."""

    number: int
    registry: Registry

    @property
    def name(self) -> str:
        return self.registry.name

    @property
    def domain(self) -> str:
        return self.registry.domain

    @property
    def primary(self) -> bool:
        return self.registry.primary

    @property
    def fallback_registry(self) -> str:
        return self.registry.fallback_registry

    @property
    def request_id(self) -> str:
        return self.registry.request_id

    @property
    def provider(self) -> str:
        return self.registry.provider.name

    @property
    def message(self) -> None:
        return None


class Snapshot:
    """Everything the service knows at one moment."""

    __slots__ = ("_indexes", "revision", "settings")

    settings: Settings
    revision: int
    """Number of the change that led here; a store counts them up."""

    def __init__(
        self,
        registries: Mapping[str, Registry] | None = None,
        settings: Settings = _UNSET,
    ) -> None:
        """Know `registries`, by name and oldest first; a store starts from `of_records`."""
        known = (registries or {}).values()
        self._indexes = indexed([_Known(number, each) for number, each in enumerate(known)])
        self.settings = settings
        self.revision = 0

    @classmethod
    def of_records(cls, records: Iterable[Record], settings: Settings, revision: int) -> Snapshot:
        """Return the snapshot of all `records`, oldest first."""
        return cls._made(indexed(list(records)), settings, revision)

    @property
    def registries(self) -> Mapping[str, Registry]:
        """The registries by resource name, in no order."""
        return _Registries(self._indexes.records)

    def record(self, name: str) -> Record | None:
        """Return the record of a resource name, as it was given or stored."""
        return self._indexes.records.get(name)

    def with_id(self, registry_id: str) -> Registry | None:
        """Return the registry that pipelines call `registry_id`."""
        return self.registries.get(REGISTRIES.name(registry_id))

    def of_domain(self, domain: str) -> list[Registry]:
        """Return the registries of a normalised `domain`, oldest first."""
        return [self._named(name) for _, name in self._indexes.domains.get(domain, ())]

    def first_of(self, domain: str, count: int) -> list[Registry]:
        """Return the oldest `count` registries of a normalised `domain`, or as many there are."""
        ages = islice(self._indexes.domains.get(domain, ()), count)
        return [self._named(name) for _, name in ages]

    def primary_of(self, domain: str) -> Registry | None:
        """Return the primary registry of a normalised `domain`."""
        name = self._indexes.primaries.get(domain)
        return self._named(name) if name else None

    def made_by(self, request_id: str) -> Registry | None:
        """Return the registry that a request with this id made; an empty one made none."""
        name = self._indexes.requests.get(request_id)
        return self._named(name) if name else None

    def falling_back_to(self, name: str) -> list[Registry]:
        """Return the registries whose fallback is `name`."""
        return [self._named(each) for each in self._indexes.fallbacks.get(name, ())]

    @property
    def names(self) -> Ordered[str]:
        """The resource names, in their order."""
        return self._indexes.names

    @property
    def oldest(self) -> Registry | None:
        """The registry that was made first."""
        ages = self._indexes.ages
        return self._named(ages.first[1]) if ages else None

    @property
    def providers(self) -> list[Provider]:
        """The providers that registries are of."""
        return [Provider[name] for name in self._indexes.provider_counts]

    def changed(
        self,
        *,
        written: Iterable[Record],
        removed: Iterable[str],
        settings: Settings,
        revision: int,
    ) -> Snapshot:
        """Return the next snapshot: some records taken away, others new or in place of theirs."""
        change = IndexChange(self._indexes)
        for name in removed:
            change.take_away(name)
        for record in written:
            change.put(record)
        return Snapshot._made(change.finish(), settings, revision)

    def _named(self, name: str) -> Registry:
        return self._indexes.records[name].registry

    @classmethod
    def _made(cls, indexes: Indexes, settings: Settings, revision: int) -> Snapshot:
        made = cls.__new__(cls)
        made._indexes, made.settings, made.revision = indexes, settings, revision
        return made


def unstored(registry: Registry, number: int) -> Record:
    """Return the record of a registry that is in memory as a whole."""
    return _Known(number, registry)


class _Registries(Mapping[str, Registry]):
    """The registries of records."""

    __slots__ = ("_records",)

    def __init__(self, records: Map[str, Record]) -> None:
        self._records = records

    def __getitem__(self, name: str) -> Registry:
        return self._records[name].registry

    def __contains__(self, name: object) -> bool:
        return name in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)
