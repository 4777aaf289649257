"""Reads files that describe an account: every value has one type, and every mistake its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from compiler import mistakes
from compiler.diagnostics import Diagnostic, Findings
from compiler.source import Span
from compiler.syntax import nodes
from compiler.syntax.nodes import Node, Scalar, Sequence, type_name

TellUnknown = Callable[[str, Span], Diagnostic | None]
"""Takes a key that is not known, and its place; None: `unknown_key` tells it."""


def entries(
    node: Node,
    where: str,
    known: Iterable[str],
    findings: Findings,
    tell_unknown: TellUnknown = lambda _key, _span: None,
) -> dict[str, Node]:
    """Return the values of a mapping by key; other keys than the known ones are told."""
    if not isinstance(node, nodes.Mapping):
        findings.add(mistakes.wrong_type(where, "a mapping", type_name(node), node.span))
        return {}
    known = tuple(known)
    for entry in node.entries:
        key, span = entry.key.text, entry.key.span
        if key not in known:
            told = tell_unknown(key, span)
            findings.add(told or mistakes.unknown_key(key, span, known, where))
    return {entry.key.text: entry.value for entry in node.entries if entry.key.text in known}


def items(what: str, node: Node, findings: Findings) -> tuple[Node, ...]:
    """Return the items of a list; none after a mistake."""
    if isinstance(node, Sequence):
        return node.items
    findings.add(mistakes.wrong_type(what, "a list", type_name(node), node.span))
    return ()


def text(what: str, node: Node, findings: Findings) -> str:
    """Return a text; empty after a mistake."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        findings.add(mistakes.wrong_type(what, "a string", type_name(node), node.span))
        return ""
    if not node.value:
        findings.add(mistakes.empty_text(what, node.span))
    return node.value


def choice(what: str, node: Node, choices: tuple[str, ...], findings: Findings) -> str:
    """Return one of `choices`; any text after a mistake."""
    chosen = text(what, node, findings)
    if chosen and chosen not in choices:
        findings.add(mistakes.wrong_value(what, chosen, choices, node.span))
    return chosen


def flag(what: str, node: Node, findings: Findings) -> bool:
    """Return true or false; false after a mistake."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    findings.add(mistakes.wrong_type(what, "true or false", type_name(node), node.span))
    return False
