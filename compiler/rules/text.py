"""Rules for the text itself, which the platform has beside those of YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.source import Position, Source, Span

_TAB = r"\t[^\S\n\t]|[^\S\n\t]\t"
_FOLDED = "- >-"


def text_mistakes(source: Source) -> Iterator[Diagnostic]:
    """Yield what the platform refuses or changes, although YAML allows it."""
    if "\t" in source.text and (found := re.search(_TAB, source.text)):
        start, end = source.position(found.start()), source.position(found.end())
        yield mistakes.tab(Span(start, end))
    if _FOLDED in source.text:
        yield from _deeper_lines(source.text)


def _deeper_lines(text: str) -> Iterator[Diagnostic]:
    """Yield the first line of each folded item that is indented deeper than its first one."""
    folded, first = False, 0
    for number, line in enumerate(text.split("\n"), start=1):
        indent = len(line) - len(line.lstrip())
        if folded and line.strip():
            first = first or indent
            if indent > first:
                yield mistakes.deeper_line(Span(Position(number, 1), Position(number, indent + 1)))
            folded = indent == first
        if not folded:
            folded, first = line.rstrip().endswith(_FOLDED), 0
