"""What each request changes in a snapshot: roles, pointers and etags. Pure.

A change names what it touches and nothing else, so that its cost is that of the request and not of
the registries there are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from registry_service.errors import (
    EtagMismatch,
    Fault,
    InvalidRequest,
    RegistryExists,
    RegistryNotFound,
)
from registry_service.indexes import Record
from registry_service.registries import Registry, Settings
from registry_service.rules import normalised, registry_faults, role_faults, settings_faults
from registry_service.snapshot import Snapshot, unstored


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a request makes of a snapshot; empty: nothing."""

    written: tuple[Registry, ...] = ()
    """New registries, and others as they are from now on."""
    removed: tuple[str, ...] = ()
    """Resource names."""
    settings: Settings | None = None
    """None: they stay."""

    def __bool__(self) -> bool:
        return bool(self.written or self.removed or self.settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A registry as a request wants it."""

    registry: Registry
    """Its times, its etag and its sealed secret are not yet those that are stored."""
    has_secret: bool
    """Whether a secret was given or is kept."""
    faults: tuple[Fault, ...] = ()
    """What reading the request found already."""


def with_created(before: Snapshot, draft: Draft, now: datetime) -> Change:
    """Add a registry; the first becomes the default.

    A draft whose `request_id` is known changes nothing.

    Raises:
        RegistryExists: the name is taken.
        InvalidRequest: a rule is broken.
    """
    if before.made_by(draft.registry.request_id):
        return Change()
    registry = _checked(draft, before)
    if registry.name in before.registries:
        raise RegistryExists(registry.id)
    settings = before.settings
    if not before.registries and not settings.default_registry:
        settings = replace(settings, default_registry=registry.name)
    joined = _joined(replace(registry, create_time=now), before)
    return _change(before, joined, settings=settings, now=now)


def with_updated(before: Snapshot, draft: Draft, now: datetime) -> Change:
    """Change the registry of the draft.

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
    if registry.domain == present.domain:
        return _change(before, _settled(registry, before), now=now)
    if present.primary and before.first_of(registry.domain, 1):
        registry = replace(registry, primary=False)  # the new domain keeps the one it has
    moved = [*_joined(registry, before), *_left(present, before)]
    return _change(before, moved, now=now)


def with_deleted(before: Snapshot, name: str, etag: str, now: datetime) -> Change:
    """Take a registry away, and what points at it.

    Raises:
        RegistryNotFound: there is none of that name.
        EtagMismatch: `etag` is not empty and of an older state.
    """
    present = existing(before, name, etag)
    touched = {each.name: each for each in _left(present, before)}
    for pointing in before.falling_back_to(name):
        touched[pointing.name] = replace(touched.get(pointing.name, pointing), fallback_registry="")
    touched.pop(name, None)
    roles = before.settings
    settings = replace(
        roles,
        default_registry="" if roles.default_registry == name else roles.default_registry,
        cache_registry="" if roles.cache_registry == name else roles.cache_registry,
    )
    return _change(before, touched.values(), removed=(name,), settings=settings, now=now)


def with_settings(before: Snapshot, settings: Settings, now: datetime) -> Change:
    """Put other settings in place.

    Raises:
        EtagMismatch: the settings have the etag of an older state.
        InvalidRequest: a rule is broken.
    """
    if settings.etag and settings.etag != before.settings.etag:
        raise EtagMismatch("registrySettings")
    if faults := settings_faults(settings, before):
        raise InvalidRequest(within("registry_settings", faults))
    return _change(before, (), settings=settings, now=now)


def imagined(before: Snapshot, change: Change) -> Snapshot:
    """Return the snapshot that a change leads to, for a look at it: no store knows it."""
    if not change:
        return before
    number = before.revision + 1
    return before.changed(
        written=[
            unstored(registry, present.number if present else number)
            for registry in change.written
            for present in [before.record(registry.name)]
        ],
        removed=change.removed,
        settings=change.settings or before.settings,
        revision=number,
    )


def existing(snapshot: Snapshot, name: str, etag: str = "") -> Registry:
    """Return a registry.

    Raises:
        RegistryNotFound: there is none of that name.
        EtagMismatch: `etag` is not empty and of an older state.
    """
    registry = existing_record(snapshot, name).registry
    if etag and etag != registry.etag:
        raise EtagMismatch(name)
    return registry


def existing_record(snapshot: Snapshot, name: str) -> Record:
    """Return the record of a registry.

    Raises:
        RegistryNotFound: there is none of that name.
    """
    record = snapshot.record(name)
    if record is None:
        raise RegistryNotFound(name.partition("/")[2])
    return record


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


def _joined(registry: Registry, before: Snapshot) -> Iterator[Registry]:
    """Return a registry that comes into a domain, with the one that it takes the role from."""
    present = before.primary_of(registry.domain)
    yield replace(registry, primary=registry.primary or not before.first_of(registry.domain, 1))
    if registry.primary and present:
        yield replace(present, primary=False)


def _settled(registry: Registry, before: Snapshot) -> Iterator[Registry]:
    """Return a registry that stays in its domain, with the one that it takes the role from."""
    sole = len(before.first_of(registry.domain, 2)) == 1
    yield replace(registry, primary=registry.primary or sole)
    present = before.primary_of(registry.domain)
    if registry.primary and present and present.name != registry.name:
        yield replace(present, primary=False)


def _left(leaving: Registry, before: Snapshot) -> Iterator[Registry]:
    """Return the registry that is alone in a domain once another has left: it is primary."""
    ages = [each for each in before.first_of(leaving.domain, 3) if each.name != leaving.name]
    if len(ages) == 1:
        yield replace(ages[0], primary=True)


def _change(
    before: Snapshot,
    registries: Iterable[Registry],
    *,
    removed: tuple[str, ...] = (),
    settings: Settings | None = None,
    now: datetime,
) -> Change:
    """Return the change, with new etags for what differs and without what does not."""
    written = tuple(
        replace(registry, update_time=now, etag=uuid.uuid4().hex)
        for registry in registries
        if registry != before.registries.get(registry.name)
    )
    present = before.settings
    if settings is None or replace(settings, etag=present.etag) == present:
        return Change(written=written, removed=removed)
    stamped = replace(settings, etag=uuid.uuid4().hex)
    return Change(written=written, removed=removed, settings=stamped)
