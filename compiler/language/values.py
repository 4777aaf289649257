"""Values of fields, with their places."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.source import Span


@dataclass(frozen=True, slots=True)
class Text:
    """A string, which may have holes."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Flag:
    """A truth value, or the hole that will give it."""

    value: bool | str
    """A string is one whole hole, as it is written."""
    span: Span

    @property
    def is_true(self) -> bool:
        """Whether it is known to be true."""
        return self.value is True


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float
    span: Span


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and a text."""

    key: Text
    value: Text
