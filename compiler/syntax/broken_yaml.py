"""Where reading YAML became impossible, and what stands there."""

from __future__ import annotations

from compiler.record import Record
from compiler.secrecy import may_be_secret
from compiler.source import Position, Source, Span
from compiler.syntax.nodes import Scalar

MAX_LINE = 1000
_MAX_SHOWN = 60
_WHOLE_VALUE = "put the whole value in quotes"


class Broken(Record):
    """Where reading became impossible, and what had been read until then."""

    source: Source
    place: Position
    begin: Position
    """Where that began which could not be read to its end."""
    last: Scalar | None
    """The value before it."""

    @property
    def sign(self) -> str:
        """The character at the place; empty at the end of its line."""
        return self.line(self.place.line)[self.place.column - 1 : self.place.column]

    def line(self, number: int) -> str:
        """Return the beginning of a line, counted from 1."""
        return self.source.line(number, MAX_LINE)

    def rest(self, start: Position) -> str:
        """Return what follows in the line, without a comment."""
        text = self.line(start.line)[start.column - 1 :]
        return text.partition(" #")[0].rstrip()

    def may_repeat(self, text: str) -> bool:
        """Whether a text of the file is short, and surely no password."""
        is_short = 0 < len(text) <= _MAX_SHOWN
        return is_short and not may_be_secret(self.line(self.place.line) + text)

    def whole_line(self, number: int) -> tuple[str, Span]:
        """Return a line and its place without what it is indented by."""
        text = self.line(number).strip()
        return text, span_of(Position(number, indentation(self.line(number)) + 1), text)


def span_of(start: Position, text: str) -> Span:
    """Return the place of a text in one line; of one character where it is empty."""
    return Span(start, Position(start.line, start.column + max(1, len(text))))


def indentation(line: str) -> int:
    """Return how many blanks a line begins with."""
    return len(line) - len(line.lstrip())


def in_quotes(broken: Broken, text: str) -> str:
    """Return what to do with a value that needs quotes, and the value as it should be."""
    if not broken.may_repeat(text):
        return _WHOLE_VALUE
    if "'" not in text:
        return f"{_WHOLE_VALUE}: `'{text}'`"
    return _WHOLE_VALUE if '"' in text or "\\" in text else f'{_WHOLE_VALUE}: `"{text}"`'
