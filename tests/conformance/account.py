"""The account of a validator's case, as the compiler asks about it.

A context has the shape that the platform's validator takes: `registries`, `git`, `clusters`,
`variables`, `autoPush` and `disablePush`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compiler.account import Account
from compiler.registries import Registries
from registry_service.registries import DefaultPush, Provider, Registry, Settings
from registry_service.snapshot import Snapshot
from tests.conformance.registries import KnownRegistries

_PROVIDERS = {"ecr": Provider.ECR, "dockerhub": Provider.DOCKER_HUB}
_KINDS = {"google": Provider.GCR}


def account_of(context: Mapping[str, Any]) -> tuple[Registries, Account]:
    """Return who knows the registries of `context`, and the names that it has."""
    registries = [_registry(record) for record in context.get("registries") or ()]
    default = next(
        (each["name"] for each in context.get("registries") or () if _is_default(each)), ""
    )
    snapshot = Snapshot(
        registries={each.name: each for each in registries},
        settings=Settings(
            default_registry=f"registries/{default}" if default else "",
            default_push=_default_push(context),
        ),
    )
    account = Account(
        git=_names((each["metadata"] for each in context.get("git") or ()), "name"),
        clusters=_names(context.get("clusters"), "selector"),
        variables=frozenset(context.get("variables") or ()),
    )
    return KnownRegistries(snapshot), account


def _is_default(record: Mapping[str, Any]) -> bool:
    return bool(record.get("default"))


def _registry(record: Mapping[str, Any]) -> Registry:
    """Return the registry of a record; one without a domain gets a domain of its own."""
    name = record["name"]
    by_kind = _KINDS.get(record.get("kind", ""), Provider.OTHER)
    return Registry(
        name=f"registries/{name}",
        provider=_PROVIDERS.get(record.get("provider", ""), by_kind),
        domain=record.get("domain") or f"{name}.test".lower(),
    )


def _default_push(context: Mapping[str, Any]) -> DefaultPush:
    if context.get("autoPush"):
        return DefaultPush.AUTO
    return DefaultPush.NEVER if context.get("disablePush") else DefaultPush.EXPLICIT


def _names(records: Iterable[Mapping[str, Any]] | None, key: str) -> tuple[str, ...]:
    """Return the names of integrations, the default one first; no list means that none is there."""
    ordered = sorted(records or (), key=lambda record: not _is_default(record))
    return tuple(record[key] for record in ordered)
