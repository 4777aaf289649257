"""Caches of a build outside of the daemon, as `--cache-from` and `--cache-to` take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from freshet.plan.v1.expression_pb2 import Template
from freshet.references import InvalidReference, parse_reference
from runner_service.daemon.port import CacheEntry
from runner_service.errors import StepFailed
from runner_service.values import Values

INLINE_ARGUMENT = "BUILDKIT_INLINE_CACHE"
"""The build argument that puts a cache into the image itself."""
_REGISTRY, _INLINE = "registry", "inline"
_HELP = "write a reference, or `type=registry,ref=<reference>`"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheTargets:
    """Where a build writes its cache."""

    entries: tuple[CacheEntry, ...]
    inline: bool
    """Whether the image holds it too."""


def cache_sources(templates: Iterable[Template], values: Values) -> tuple[CacheEntry, ...]:
    """Return the caches that are read; those in images are read from registries, too.

    Raises:
        StepFailed: one is of another type, or its reference cannot be read.
    """
    return tuple(_parsed("cache_from", values.text(each), (_REGISTRY,)) for each in templates)


def cache_targets(templates: Iterable[Template], values: Values) -> CacheTargets:
    """Return the caches that are written.

    Raises:
        StepFailed: one is of another type, or its reference cannot be read.
    """
    entries = [_parsed("cache_to", values.text(each), (_REGISTRY, _INLINE)) for each in templates]
    return CacheTargets(
        entries=tuple(entry for entry in entries if entry.type == _REGISTRY),
        inline=any(entry.type == _INLINE for entry in entries),
    )


def _parsed(field: str, written: str, types: Sequence[str]) -> CacheEntry:
    if "=" not in written:
        attributes = {"ref": written}
    else:
        parts = (part.partition("=")[::2] for part in written.split(","))
        attributes = {name.strip(): value.strip() for name, value in parts}
    type = attributes.pop("type", _REGISTRY)
    if type not in types:
        raise StepFailed(
            "CACHE_TYPE_UNSUPPORTED",
            f'`{field}` "{written}": caches of the type "{type}" are not done by this runner',
            _HELP,
        )
    if type == _REGISTRY:
        _check_reference(field, written, attributes.get("ref", ""))
    return CacheEntry(type=type, attributes=attributes)


def _check_reference(field: str, written: str, reference: str) -> None:
    try:
        parse_reference(reference)
    except InvalidReference as error:
        raise StepFailed("INVALID_REFERENCE", f'`{field}` "{written}": {error}', _HELP) from error
