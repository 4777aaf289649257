"""Diagnostics as text and as JSON, and plans as text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from compiler.diagnostics import Diagnostic, Severity
from compiler.source import Position, Source, Span

if TYPE_CHECKING:
    from compiler.driver import Checked

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_MAX_LINE = 160
_TAB = "    "


def render_diagnostics(checked: Checked, *, colour: bool = False) -> str:
    """Return findings for people: each with its line, and a mark under the place."""
    blocks = [_block(each, checked.source, colour) for each in checked.diagnostics]
    return "".join(f"{block}\n" for block in blocks)


def diagnostics_to_json(checked: Sequence[Checked]) -> dict[str, Any]:
    """Return findings for programs."""
    return {
        "files": [
            {
                "path": each.source.path,
                "valid": each.valid,
                "diagnostics": [_to_json(diagnostic) for diagnostic in each.diagnostics],
            }
            for each in checked
        ]
    }


def _to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "span": _span_to_json(diagnostic.span),
        "related": [
            {"message": related.message, "span": _span_to_json(related.span)}
            for related in diagnostic.related
        ],
        "facts": dict(diagnostic.facts),
    }


def _span_to_json(span: Span) -> dict[str, Any]:
    return {
        "start": {"line": span.start.line, "column": span.start.column},
        "end": {"line": span.end.line, "column": span.end.column},
    }


def _block(diagnostic: Diagnostic, source: Source, colour: bool) -> str:
    word = f"{diagnostic.severity.value}[{diagnostic.code}]"
    if colour:
        word = f"\x1b[{_COLOURS[diagnostic.severity]}m{word}\x1b[0m"
    lines = [f"{_place(source, diagnostic.span.start)}: {word}: {_one_line(diagnostic.message)}"]
    lines += _excerpt(source, diagnostic.span)
    for related in diagnostic.related:
        lines.append(f"  {_place(source, related.span.start)}: {related.message}")
        lines += _excerpt(source, related.span)
    if diagnostic.help:
        lines.append(f"  help: {_one_line(diagnostic.help)}")
    return "\n".join(lines)


def _place(source: Source, position: Position) -> str:
    return f"{source.path}:{position.line}:{position.column}"


def _one_line(text: str) -> str:
    """Return text that cannot move the cursor of a terminal or begin a new line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _excerpt(source: Source, span: Span) -> Iterator[str]:
    if span.start.column > _MAX_LINE:
        return
    line = source.line(span.start.line, _MAX_LINE)
    if not line.strip():
        return
    ends_here = span.end.line == span.start.line
    end = span.end.column - 1 if ends_here else len(line)
    before, marked = line[: span.start.column - 1], line[span.start.column - 1 : end]
    gutter = f"{span.start.line:>5} | "
    yield gutter + _shown(line)
    yield " " * 5 + " | " + " " * _width(before) + "^" * max(1, _width(marked))


def _shown(text: str) -> str:
    return _one_line(text.replace("\t", _TAB))


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(_columns(character) for character in _shown(text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0  # it stands over the one before
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
