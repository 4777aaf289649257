"""What mends a finding by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.diagnostics import Diagnostic
from compiler.record import Record
from compiler.source import Source

_SUGGESTION = "suggestion"


class Fix(Record):
    """A replacement of part of the text."""

    diagnostic: Diagnostic
    title: str
    start: int
    end: int
    replacement: str


def fixes(source: Source, diagnostics: Sequence[Diagnostic], start: int, end: int) -> Iterator[Fix]:
    """Yield what mends the findings that lie in a range."""
    for diagnostic in diagnostics:
        suggestion = diagnostic.facts.get(_SUGGESTION)
        first, last = source.index(diagnostic.span.start), source.index(diagnostic.span.end)
        if suggestion and first <= end and start <= last:
            wrong = _wrong_word(diagnostic, source.text[first:last])
            at = first + (source.text[first:last].index(wrong) if wrong else 0)
            yield Fix(
                diagnostic=diagnostic,
                title=f'Change to "{suggestion}"',
                start=at,
                end=at + len(wrong) if wrong else last,
                replacement=suggestion,
            )


def _wrong_word(diagnostic: Diagnostic, text: str) -> str:
    """Return the word of a finding that is wrong; empty: all of its place is."""
    words = [word for fact, word in diagnostic.facts.items() if fact != _SUGGESTION]
    return max((word for word in words if word and text.count(word) == 1), key=len, default="")
