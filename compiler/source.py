"""A text and places in it."""

from __future__ import annotations

import re
from typing import NamedTuple

_LINE_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"
"""What ends a line for libyaml, whose marks must fit."""
_LINE_BREAKS = "\n\r\x85\u2028\u2029"


class Position(NamedTuple):
    """A place in a text."""

    line: int
    """Counted from 1."""
    column: int
    """In code points, counted from 1."""


class Span(tuple[int, int, int, int]):
    """A half-open range of a text.

    It is kept as lines and columns counted from 0, as libyaml tells them: every value of a file
    has its place, and few of them are ever looked at.
    """

    __slots__ = ()

    def __new__(cls, start: Position, end: Position) -> Span:
        """Make it of its first place and of the one behind its last."""
        numbers = (start.line - 1, start.column - 1, end.line - 1, end.column - 1)
        return tuple.__new__(cls, numbers)

    @property
    def start(self) -> Position:
        """The place of its first code point."""
        return Position(self[0] + 1, self[1] + 1)

    @property
    def end(self) -> Position:
        """The place after its last code point."""
        return Position(self[2] + 1, self[3] + 1)

    def to(self, last: Span) -> Span:
        """Return the place from the start of this one to the end of the later of the two."""
        numbers = (self[0], self[1], *max(self[2:], last[2:]))
        return tuple.__new__(Span, numbers)

    def __repr__(self) -> str:
        return f"Span({self.start!r}, {self.end!r})"


START = Span(Position(1, 1), Position(1, 1))
"""The place before the first character."""


class Source:
    """The text of one file. Passwords may stand in it: nothing but its path is ever printed."""

    __slots__ = ("_line_starts", "content", "path", "text")

    def __init__(self, path: str, text: str, content: bytes) -> None:
        self.path = path
        """As the user gave it."""
        self.text = text
        self.content = content
        """The bytes that `text` was read from, for their checksum."""
        self._line_starts: list[int] = []

    def __repr__(self) -> str:
        return f"Source({self.path!r})"

    def position(self, index: int) -> Position:
        """Return the place of the code point at `index`, counted from 0."""
        from bisect import bisect_right

        line = bisect_right(self._lines(), index)
        return Position(line, index - self._lines()[line - 1] + 1)

    def index(self, position: Position) -> int:
        """Return where a place is in `text`, counted from 0."""
        return self._lines()[position.line - 1] + position.column - 1

    @property
    def end(self) -> Position:
        """The place after the last code point."""
        return self.position(len(self.text))

    def line(self, number: int, limit: int) -> str:
        """Return at most `limit` code points of a line, counted from 1, without its end.

        Takes no longer for a long line: a file may be a single one, and be asked for it often.
        """
        start, *rest = self._lines()[number - 1 : number + 1]
        end = rest[0] if rest else len(self.text)
        return self.text[start : min(end, start + limit)].rstrip(_LINE_BREAKS)

    def _lines(self) -> list[int]:
        """Return where lines start. They are looked for when a place is asked for, once."""
        if not self._line_starts:
            breaks = re.finditer(_LINE_BREAK, self.text)
            self._line_starts = [0, *(each.end() for each in breaks)]
        return self._line_starts
