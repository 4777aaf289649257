"""Random writes to a store of registries, and what each makes of a snapshot."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from registry_service.changes import (
    Change,
    Draft,
    with_created,
    with_deleted,
    with_settings,
    with_updated,
)
from registry_service.errors import RegistryServiceError
from registry_service.registries import Provider, Registry
from registry_service.snapshot import Snapshot

_NOW = datetime(2026, 11, 24, tzinfo=UTC)
_NAMES = [f"registries/r{number}" for number in range(12)]
_DOMAINS = ["ghcr.io", "quay.io:5000"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write that a client asks for; it may touch several rows, and the settings."""

    name: str
    prefix: str
    """Different in every write; the sealed secret holds it too."""
    domain: str
    primary: bool
    fallback: str
    kind: str
    """`create`, `update`, `delete` or `default`."""

    def to_line(self) -> str:
        """Return it as one line of text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Write:
        """Return the write of a line."""
        return cls(**json.loads(line))

    def decide(self, before: Snapshot) -> Change:
        """Return the change; none where the service would refuse it."""
        try:
            return self._change(before)
        except RegistryServiceError:
            return Change()

    def _change(self, before: Snapshot) -> Change:
        match self.kind:
            case "create":
                return with_created(before, self._draft, _NOW)
            case "update":
                return with_updated(before, self._draft, _NOW)
            case "delete":
                return with_deleted(before, self.name, "", _NOW)
            case _:
                roles = replace(before.settings, default_registry=self.name, etag="")
                return with_settings(before, roles, _NOW)

    @property
    def _draft(self) -> Draft:
        registry = Registry(
            name=self.name,
            provider=Provider.OTHER,
            domain=self.domain,
            repository_prefix=self.prefix,
            primary=self.primary,
            fallback_registry=self.fallback,
            sealed_secret=self.prefix.encode(),
        )
        return Draft(registry=registry, has_secret=True)


def random_write(chance: random.Random, number: int) -> Write:
    """Return a write; `number` makes it differ from all others."""
    return Write(
        name=chance.choice(_NAMES),
        prefix=f"p{number}",
        domain=chance.choice(_DOMAINS),
        primary=chance.random() < 0.5,
        fallback=chance.choice(["", *_NAMES]),
        kind=chance.choice(["create", "create", "update", "update", "delete", "default"]),
    )


def seen(snapshot: Snapshot) -> object:
    """Return what a snapshot holds, without what is chosen at random when it is written."""
    registries = [
        replace(registry, etag="")
        for registry in map(snapshot.registries.get, snapshot.names)
        if registry
    ]
    return registries, replace(snapshot.settings, etag=""), snapshot.revision


def faults_of(snapshot: Snapshot) -> list[str]:
    """Return what no snapshot may hold, whatever was written."""
    faults = []
    for domain in _DOMAINS:
        of_domain = snapshot.of_domain(domain)
        if sum(each.primary for each in of_domain) > 1:
            faults.append(f"{domain} has several primary registries")
    for name, registry in snapshot.registries.items():
        if registry.sealed_secret != registry.repository_prefix.encode():
            faults.append(f"{name} has the secret of another write")
        if registry.fallback_registry and registry.fallback_registry not in snapshot.registries:
            faults.append(f"{name} falls back to nothing")
    roles = snapshot.settings
    if roles.default_registry and roles.default_registry not in snapshot.registries:
        faults.append("the default is no registry")
    return faults
