"""Findings for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from compiler.diagnostics import Diagnostic, Severity
from compiler.formats.files import JudgedFile, Unread
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


def render_report(files: Sequence[JudgedFile], *, colour: bool = False) -> str:
    """Return the findings of files, and for each file whether it is valid.

    Files that could not be read are counted only: whoever could not read them says so.
    """
    read = [each for each in files if not isinstance(each, Unread)]
    lines = [
        f"{render_diagnostics(each, colour=colour)}"
        f"{one_line(each.source.path)}: {'valid' if each.valid else 'not valid'}\n"
        for each in read
    ]
    if len(files) > 1:
        lines.append(f"{_summary(read, len(files))}\n")
    return "".join(lines) + render_hint(found for each in read for found in each.diagnostics)


def render_hint(diagnostics: Iterable[Diagnostic]) -> str:
    """Return where more stands about the first error; empty when there is none."""
    first = next((each for each in diagnostics if each.severity is Severity.ERROR), None)
    return f"`freshet explain {first.code}` tells more\n" if first else ""


def _summary(read: Sequence[Checked], file_count: int) -> str:
    invalid_count = sum(not each.valid for each in read)
    counts = [f"{len(read) - invalid_count} valid"]
    if invalid_count:
        counts.append(f"{invalid_count} not valid")
    if len(read) < file_count:
        counts.append(f"{file_count - len(read)} not read")
    severities = [found.severity for each in read for found in each.diagnostics]
    found = ", ".join(
        _count(severities.count(severity), severity.value)
        for severity in Severity
        if severity in severities
    )
    return f"{_count(file_count, 'file')}: {', '.join(counts)}" + (f" ({found})" if found else "")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _block(diagnostic: Diagnostic, source: Source, colour: bool) -> str:
    word = f"{diagnostic.severity.value}[{diagnostic.code}]"
    if colour:
        word = f"\x1b[{_COLOURS[diagnostic.severity]}m{word}\x1b[0m"
    lines = [f"{_place(source, diagnostic.span.start)}: {word}: {one_line(diagnostic.message)}"]
    lines += _excerpt(source, diagnostic.span)
    for related in diagnostic.related:
        lines.append(f"  {_place(source, related.span.start)}: {one_line(related.message)}")
        lines += _excerpt(source, related.span)
    if diagnostic.help:
        lines.append(f"  help: {one_line(diagnostic.help)}")
    return "\n".join(lines)


def _place(source: Source, position: Position) -> str:
    return f"{one_line(source.path)}:{position.line}:{position.column}"


def one_line(text: str) -> str:
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
    yield " " * 5 + " | " + " " * width(before) + "^" * max(1, width(marked))


def _shown(text: str) -> str:
    return one_line(text.replace("\t", _TAB))


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(_columns(character) for character in _shown(text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0  # it stands over the one before
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
