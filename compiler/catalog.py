"""Reads a catalog: the file that describes an account to whoever checks pipelines offline.

`docs/catalog.md` tells its form. What registries must fulfil is not judged here but by the rules of
the registry service; this reader says where in the file each of their fields stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from compiler import mistakes
from compiler.account import Account
from compiler.diagnostics import Findings
from compiler.record import Record
from compiler.registries import PROVIDERS
from compiler.secrecy import may_be_secret
from compiler.source import Position, Source, Span
from compiler.syntax import nodes
from compiler.syntax.nodes import Node, Scalar, Sequence, type_name
from compiler.syntax.yaml_reader import read_yaml

DEFAULT_PUSHES = ("auto", "never", "explicit")
"""What a build step may do that names no registry and says nothing about pushing."""
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
    """Return the values of a mapping by key; other keys than the known ones are told."""
    if not isinstance(node, nodes.Mapping):
        findings.add(mistakes.wrong_type(where, "a mapping", type_name(node), node.span))
        return {}
    known = tuple(known)
    for entry in node.entries:
        key, span = entry.key.text, entry.key.span
        if may_be_secret(key):
            findings.add(mistakes.secret_in_catalog(key, span))
        elif key not in known:
            findings.add(mistakes.unknown_key(key, span, known, where))
    return {entry.key.text: entry.value for entry in node.entries if entry.key.text in known}


def _items(what: str, node: Node, findings: Findings) -> tuple[Node, ...]:
    if isinstance(node, Sequence):
        return node.items
    findings.add(mistakes.wrong_type(what, "a list", type_name(node), node.span))
    return ()


def _text(what: str, node: Node, findings: Findings) -> str:
    """Return a text; empty after a mistake."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        findings.add(mistakes.wrong_type(what, "a string", type_name(node), node.span))
        return ""
    if not node.value:
        findings.add(mistakes.empty_text(what, node.span))
    return node.value


def _choice(what: str, node: Node, choices: tuple[str, ...], findings: Findings) -> str:
    text = _text(what, node, findings)
    if text and text not in choices:
        findings.add(mistakes.wrong_value(what, text, choices, node.span))
    return text


def _flag(what: str, node: Node, findings: Findings) -> bool:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    findings.add(mistakes.wrong_type(what, "true or false", type_name(node), node.span))
    return False


def _names(key: str, node: Node | None, findings: Findings) -> tuple[str, ...] | None:
    if node is None:
        return None
    first: dict[str, Span] = {}
    for number, item in enumerate(_items(key, node, findings)):
        name = _text(f"{key}[{number}]", item, findings)
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
    return _choice("settings.default_push", value, DEFAULT_PUSHES, findings)


def _registries(node: Node | None, findings: Findings) -> tuple[CatalogRegistry, ...] | None:
    if node is None:
        return None
    items = enumerate(_items("registries", node, findings))
    read = [_registry(f"registries[{number}]", item, findings) for number, item in items]
    registries = tuple(each for each in read if each)
    _check_unique(registries, findings)
    return registries


def _registry(what: str, node: Node, findings: Findings) -> CatalogRegistry | None:
    values = _entries(node, what, (*_TEXTS, *_FLAGS), findings)
    texts, flags = {}, []
    for key, value in values.items():
        if key in _FLAGS:
            flags += [key] if _flag(f"{what}.{key}", value, findings) else []
        elif key == "provider":
            texts[key] = _choice(f"{what}.{key}", value, PROVIDERS, findings)
        else:
            texts[key] = _text(f"{what}.{key}", value, findings)
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
