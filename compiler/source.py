"""A text and places in it."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line for libyaml, whose marks must fit."""
_LINE_BREAKS = "\n\r\x85\u2028\u2029"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text."""

    line: int
    """Counted from 1."""
    column: int
    """In code points, counted from 1."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of a text."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file."""

    path: str
    """As the user gave it."""
    text: str = field(repr=False)  # passwords may stand in it
    content: bytes = field(repr=False)
    """The bytes that `text` was read from, for their checksum."""
    _line_starts: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0, *(each.end() for each in _LINE_BREAK.finditer(self.text))]
        object.__setattr__(self, "_line_starts", starts)

    def position(self, index: int) -> Position:
        """Return the place of the code point at `index`, counted from 0."""
        line = bisect_right(self._line_starts, index)
        return Position(line, index - self._line_starts[line - 1] + 1)

    @property
    def end(self) -> Position:
        """The place after the last code point."""
        return self.position(len(self.text))

    def line(self, number: int, limit: int) -> str:
        """Return at most `limit` code points of a line, counted from 1, without its end.

        Takes no longer for a long line: a file may be a single one, and be asked for it often.
        """
        start, *rest = self._line_starts[number - 1 : number + 1]
        end = rest[0] if rest else len(self.text)
        return self.text[start : min(end, start + limit)].rstrip(_LINE_BREAKS)
