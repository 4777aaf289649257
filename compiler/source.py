"""A text and places in it."""

from bisect import bisect_right
from dataclasses import dataclass, field


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
    text: str
    _line_starts: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0]
        starts.extend(index + 1 for index, letter in enumerate(self.text) if letter == "\n")
        object.__setattr__(self, "_line_starts", starts)

    def position(self, index: int) -> Position:
        """Return the place of the code point at `index`, counted from 0."""
        line = bisect_right(self._line_starts, index)
        return Position(line, index - self._line_starts[line - 1] + 1)

    @property
    def end(self) -> Position:
        """The place after the last code point."""
        return self.position(len(self.text))

    def index(self, position: Position) -> int:
        """Return the number of the code point at `position`, counted from 0."""
        return self._line_starts[position.line - 1] + position.column - 1

    def line(self, number: int) -> str:
        """Return a line, counted from 1, without its end."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else None].rstrip("\r")

    def slice(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[self.index(span.start) : self.index(span.end)]
