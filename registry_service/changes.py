"""How each change turns one snapshot into the next: roles, pointers and etags. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from registry_service.errors import (
    EtagMismatch,
    Fault,
    InvalidRequest,
    RegistryExists,
    RegistryNotFound,
)
from registry_service.registries import Registry, Settings, Snapshot
from registry_service.rules import normalised, registry_faults, role_faults, settings_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A registry as a request wants it."""

    registry: Registry
    """Its times, its etag and its sealed secret are not yet those that are stored."""
    has_secret: bool
    """Whether a secret was given or is kept."""
    faults: tuple[Fault, ...] = ()
    """What reading the request found already."""


def with_created(before: Snapshot, draft: Draft, now: datetime) -> Snapshot:
    """Return the snapshot with one more registry; the first becomes the default.

    A draft whose `request_id` is known changes nothing.

    Raises:
        RegistryExists: the name is taken.
        InvalidRequest: a rule is broken.
    """
    if made_by(draft.registry.request_id, before):
        return before
    registry = _checked(draft, before)
    if registry.name in before.registries:
        raise RegistryExists(registry.id)
    registry = replace(registry, create_time=now)
    settings = before.settings
    if not before.registries and not settings.default_registry:
        settings = replace(settings, default_registry=registry.name)
    registries = [*before.registries.values(), registry]
    return _stamped(before, _settled(registries, registry.name), settings, now)


def with_updated(before: Snapshot, draft: Draft, now: datetime) -> Snapshot:
    """Return the snapshot with the registry of the draft changed.

    Raises:
        RegistryNotFound: there is none of its name.
        EtagMismatch: the draft has the etag of an older state.
        InvalidRequest: a rule is broken.
    """
    present = existing(before, draft.registry.name, draft.registry.etag)
    registry = replace(
        _checked(draft, before),
        create_time=present.create_time,
        update_time=present.update_time,
        etag=present.etag,
        request_id=present.request_id,
    )
    if registry.domain != present.domain and present.primary and before.of_domain(registry.domain):
        registry = replace(registry, primary=False)  # the new domain keeps the one it has
    registries = {**before.registries, registry.name: registry}
    return _stamped(before, _settled(registries.values(), registry.name), before.settings, now)


def with_deleted(before: Snapshot, name: str, etag: str, now: datetime) -> Snapshot:
    """Return the snapshot without a registry and without what pointed at it.

    Raises:
        RegistryNotFound: there is none of that name.
        EtagMismatch: `etag` is not empty and of an older state.
    """
    existing(before, name, etag)
    registries = [
        replace(other, fallback_registry="") if other.fallback_registry == name else other
        for other in before.registries.values()
        if other.name != name
    ]
    present = before.settings
    settings = replace(
        present,
        default_registry="" if present.default_registry == name else present.default_registry,
        cache_registry="" if present.cache_registry == name else present.cache_registry,
    )
    return _stamped(before, _settled(registries, ""), settings, now)


def with_settings(before: Snapshot, settings: Settings, now: datetime) -> Snapshot:
    """Return the snapshot with other settings.

    Raises:
        EtagMismatch: the settings have the etag of an older state.
        InvalidRequest: a rule is broken.
    """
    if settings.etag and settings.etag != before.settings.etag:
        raise EtagMismatch("registrySettings")
    if faults := settings_faults(settings, before):
        raise InvalidRequest(within("registry_settings", faults))
    return _stamped(before, before.registries.values(), settings, now)


def existing(snapshot: Snapshot, name: str, etag: str = "") -> Registry:
    """Return a registry.

    Raises:
        RegistryNotFound: there is none of that name.
        EtagMismatch: `etag` is not empty and of an older state.
    """
    registry = snapshot.registries.get(name)
    if registry is None:
        raise RegistryNotFound(name.partition("/")[2])
    if etag and etag != registry.etag:
        raise EtagMismatch(name)
    return registry


def made_by(request_id: str, snapshot: Snapshot) -> Registry | None:
    """Return the registry that a request with this id made."""
    if not request_id:
        return None
    made = (r for r in snapshot.registries.values() if r.request_id == request_id)
    return next(made, None)


def within(field: str, faults: Iterable[Fault]) -> list[Fault]:
    """Return faults of the message in `field` as faults of the request."""
    return [
        fault if fault.field == "registry_id" else fault._replace(field=f"{field}.{fault.field}")
        for fault in faults
    ]


def _checked(draft: Draft, before: Snapshot) -> Registry:
    registry = normalised(draft.registry)
    found = [
        *registry_faults(registry, before, has_secret=draft.has_secret),
        *role_faults(registry, before.settings),
    ]
    faults = [*draft.faults, *within("registry", found)]
    if faults:
        raise InvalidRequest(faults)
    return registry


def _settled(registries: Iterable[Registry], changed: str) -> Iterable[Registry]:
    """Leave at most one primary in each domain: the changed one wins, a sole one always is."""
    by_domain: dict[str, list[Registry]] = {}
    registries = list(registries)
    for registry in registries:
        by_domain.setdefault(registry.domain, []).append(registry)
    for registry in registries:
        primary = _primary(by_domain[registry.domain], changed)
        yield replace(registry, primary=registry.name == primary)


def _primary(of_domain: list[Registry], changed: str) -> str:
    if len(of_domain) == 1:
        return of_domain[0].name
    primaries = [registry.name for registry in of_domain if registry.primary]
    return changed if changed in primaries else "".join(primaries[:1])


def _stamped(
    before: Snapshot, registries: Iterable[Registry], settings: Settings, now: datetime
) -> Snapshot:
    present: Mapping[str, Registry] = before.registries
    stamped = {
        registry.name: registry
        if registry == present.get(registry.name)
        else replace(registry, update_time=now, etag=uuid.uuid4().hex)
        for registry in registries
    }
    if replace(settings, etag=before.settings.etag) == before.settings:
        return Snapshot(registries=stamped, settings=before.settings)
    return Snapshot(registries=stamped, settings=replace(settings, etag=uuid.uuid4().hex))
