"""Texts of a pipeline, each in a place of its own."""

from compiler.language.values import Text
from compiler.source import Position, Span


def at(line: int) -> Span:
    """Return a place in `line`, counted from 1."""
    return Span(Position(line, 1), Position(line, 9))


def text(value: str | None, line: int = 1) -> Text | None:
    """Return a text in `line`; None stays None."""
    return None if value is None else Text(value, at(line))
