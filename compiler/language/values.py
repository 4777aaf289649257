"""Values of fields, with their places."""

from __future__ import annotations

from compiler.record import Record
from compiler.source import Span
from compiler.syntax.nodes import Scalar


class Text:
    """A string, which may have holes. Equal to another one that says the same in the same place."""

    __slots__ = ("scalar", "span", "text")
    __match_args__ = ("text", "span")

    def __init__(self, text: str, span: Span, scalar: Scalar | None = None) -> None:
        self.text = text
        self.span = span
        self.scalar = scalar
        """Where it was read, character for character; None: it was made up."""

    def part(self, start: int, end: int) -> Span:
        """Return the place of the characters from `start` to before `end`, counted from 0."""
        return self.scalar.part(start, end) if self.scalar else self.span

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.text, self.span) == (other.text, other.span)

    def __hash__(self) -> int:
        return hash((self.text, self.span))

    def __repr__(self) -> str:
        return f"Text({self.text!r}, {self.span!r})"


class Flag(Record):
    """A truth value, or the hole that will give it."""

    value: bool | str
    """A string is one whole hole, as it is written."""
    span: Span

    @property
    def is_true(self) -> bool:
        """Whether it is known to be true."""
        return self.value is True


class Number(Record):
    """A number."""

    value: float
    span: Span


class Pair(Record):
    """A key and a text."""

    key: Text
    value: Text
