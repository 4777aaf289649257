"""YAML as a tree of values that know their places."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.source import Span


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value."""

    value: str | int | float | bool | None
    text: str
    """As it was read, before it got a type."""
    span: Span
    plain: bool = True
    """Whether it stands without quotes, so that its form decides its type."""

    def part(self, start: int, end: int) -> Span:
        """Return the place of the characters from `start` to before `end`, counted from 0."""
        return self.span


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values, in the order of the source; keys are unique."""

    entries: tuple[Entry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """Values in order."""

    items: tuple[Node, ...]
    span: Span


Node = Scalar | Mapping | Sequence


def type_name(node: Node) -> str:
    """Return what a person calls the type of a value."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return "a boolean"
        case Scalar(value=int() | float()):
            return "a number"
        case _:
            return "a string"
