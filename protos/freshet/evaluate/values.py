"""The values of expressions.

Strings are sequences of UTF-16 units, as in JavaScript: inside the evaluator a character beyond
U+FFFF is two surrogates, so that lengths, indexes and order need no further thought.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Type = Literal["number", "string", "boolean", "null", "object"]


class Object(NamedTuple):
    """Something with members: a step, all of them, or the workflow."""

    path: tuple[str, ...]
    """`("workflow",)`, `("steps",)`, `("steps", step)`, `("steps", step, "output")`."""


Value = str | float | bool | None | Object

HIDDEN = "****"
_MAX_SHOWN_LENGTH = 100
_BEYOND_ONE_UNIT = "[\U00010000-\U0010ffff]"
_SURROGATE = "[\ud800-\udfff]"


class ExpressionError(Exception):
    """An expression has no value.

    The message may hold `{value}`, which stands for something that was computed, and hence may
    come from a secret: whoever knows that it does tells the error `without_value`.
    """

    def __init__(self, message: str, value: str | None = None) -> None:
        self.message = message
        shown = "" if value is None else to_text(value[:_MAX_SHOWN_LENGTH])
        super().__init__(message if value is None else message.replace("{value}", shown))

    def without_value(self) -> ExpressionError:
        """Return the same error; what was computed does not show."""
        return ExpressionError(self.message, HIDDEN)


class PatternError(ExpressionError):
    """A regular expression cannot be used. The message never quotes more than one sign of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Cannot use the regular expression: {reason}")
        self.reason = reason


def type_of(value: Value) -> Type:
    """Return the type of a value."""
    match value:
        case bool():
            return "boolean"
        case float():
            return "number"
        case str():
            return "string"
        case None:
            return "null"
        case Object():
            return "object"


def is_true(value: Value) -> bool:
    """Return what a value means at the top of a condition.

    Raises:
        ExpressionError: it is an object.
    """
    if isinstance(value, Object):
        raise ExpressionError("Cannot evaluate object variable directly")
    return bool(value) and value == value  # NaN, which differs from itself, is false


def to_units(text: str) -> str:
    """Return a text as UTF-16 units."""
    return re.sub(_BEYOND_ONE_UNIT, _surrogates, text)


def to_text(units: str) -> str:
    """Return UTF-16 units as text; half a character becomes U+FFFD, as when JavaScript prints."""
    if not re.search(_SURROGATE, units):
        return units
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _surrogates(match: re.Match[str]) -> str:
    offset = ord(match[0]) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))
