"""Reads a catalog: the file that describes an account to whoever checks pipelines offline.

`docs/catalog.md` tells its form. What registries must fulfil is not judged here but by the rules of
the registry service; this reader says where in the file each of their fields stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from compiler import mistakes, strict
from compiler.account import Account
from compiler.diagnostics import Diagnostic, Findings
from compiler.record import Record
from compiler.registries import DEFAULT_PUSHES, PROVIDERS
from compiler.secrecy import may_be_secret
from compiler.source import Position, Source, Span
from compiler.syntax import nodes
from compiler.syntax.nodes import Node
from compiler.syntax.yaml_reader import read_yaml

_LISTS = ("git", "clusters", "variables")
_SECTIONS = ("registries", "settings", *_LISTS)
_TEXTS = ("name", "provider", "domain", "prefix", "username", "region", "project", "fallback")
_FLAGS = ("default", "cache", "primary", "behind_firewall")
_START = Span(Position(1, 1), Position(1, 1))


class CatalogRegistry(Record):
    """A registry of a catalog."""

    texts: Mapping[str, str]
    """What was written, by key; `name` is always there."""
    flags: Collection[str]
    """The keys that say true."""
    places: Mapping[str, Span]
    """Where the values stand, by key."""

    @property
    def name(self) -> str:
        """The name that pipelines use."""
        return self.texts["name"]


class Catalog(Record):
    """What a catalog says."""

    registries: tuple[CatalogRegistry, ...] | None
    """In the order of the file; None: the registries are not known."""
    default_push: str
    account: Account


def read_catalog(source: Source, findings: Findings) -> Catalog:
    """Return what the catalog in `source` says; it is of use when there are no errors."""
    root = read_yaml(source, findings)
    sections = _entries(root, "the catalog", _SECTIONS, findings) if root else {}
    if root is None and not findings.has_errors:
        findings.add(mistakes.wrong_type("the catalog", "a mapping", "nothing", _START))
    settings = sections.get("settings")
    names = {key: _names(key, sections.get(key), findings) for key in _LISTS}
    variables = names["variables"]
    return Catalog(
        registries=_registries(sections.get("registries"), findings),
        default_push=_default_push(settings, findings) if settings else DEFAULT_PUSHES[0],
        account=Account(
            git=names["git"],
            clusters=names["clusters"],
            variables=None if variables is None else frozenset(variables),
        ),
    )


def _entries(node: Node, where: str, known: Iterable[str], findings: Findings) -> dict[str, Node]:
    return strict.entries(node, where, known, findings, _tell_secret)


def _tell_secret(key: str, span: Span) -> Diagnostic | None:
    return mistakes.secret_in_catalog(key, span) if may_be_secret(key) else None


def _names(key: str, node: Node | None, findings: Findings) -> tuple[str, ...] | None:
    if node is None:
        return None
    first: dict[str, Span] = {}
    for number, item in enumerate(strict.items(key, node, findings)):
        name = strict.text(f"{key}[{number}]", item, findings)
        if name in first:
            findings.add(
                mistakes.repeated_in_catalog(name, f"name in {key}", item.span, first[name])
            )
        first.setdefault(name, item.span)
    return tuple(first)


def _default_push(node: Node, findings: Findings) -> str:
    value = _entries(node, "settings", ("default_push",), findings).get("default_push")
    if value is None:
        return DEFAULT_PUSHES[0]
    return strict.choice("settings.default_push", value, DEFAULT_PUSHES, findings)


def _registries(node: Node | None, findings: Findings) -> tuple[CatalogRegistry, ...] | None:
    if node is None:
        return None
    items = enumerate(strict.items("registries", node, findings))
    read = [_registry(f"registries[{number}]", item, findings) for number, item in items]
    registries = tuple(each for each in read if each)
    _check_unique(registries, findings)
    return registries


def _registry(what: str, node: Node, findings: Findings) -> CatalogRegistry | None:
    values = _entries(node, what, (*_TEXTS, *_FLAGS), findings)
    texts, flags = {}, []
    for key, value in values.items():
        if key in _FLAGS:
            flags += [key] if strict.flag(f"{what}.{key}", value, findings) else []
        elif key == "provider":
            texts[key] = strict.choice(f"{what}.{key}", value, PROVIDERS, findings)
        else:
            texts[key] = strict.text(f"{what}.{key}", value, findings)
    if "name" not in texts:
        if isinstance(node, nodes.Mapping):
            findings.add(mistakes.missing_key("name", node.span, what))
        return None
    places = {key: value.span for key, value in values.items()}
    return CatalogRegistry(texts=texts, flags=tuple(flags), places=places)


def _check_unique(registries: Iterable[CatalogRegistry], findings: Findings) -> None:
    """Tell names that are there twice, and a second registry of a role that one has."""
    first: dict[tuple[str, str], Span] = {}
    for registry in registries:
        roles = [
            (flag, f"{flag} registry") for flag in ("default", "cache") if flag in registry.flags
        ]
        for key, what in (("name", "registry of this name"), *roles):
            place = registry.places[key]
            about = (key, registry.name if key == "name" else "")
            if about in first:
                findings.add(mistakes.repeated_in_catalog(registry.name, what, place, first[about]))
            first.setdefault(about, place)
