"""The functions, each in one row: what it takes and what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from freshet.evaluate.numbers import WHITE_SPACE, number_text, read_number
from freshet.evaluate.operators import MAX_TEXT_LENGTH
from freshet.evaluate.patterns import search
from freshet.evaluate.values import (
    ExpressionError,
    Type,
    Value,
    is_true,
    to_text,
    to_units,
    type_of,
)


class Function:
    """One function."""

    __slots__ = ("call", "parameters", "result")

    def __init__(
        self,
        call: Callable[..., Value] | None,
        *parameters: tuple[Type, ...],
        result: Type | None,
    ) -> None:
        self.call = call
        """None: it looks into the context."""
        self.parameters = parameters
        """The types that each one accepts."""
        self.result = result
        """None: any type."""


def argument_mistake(name: str, types: Sequence[Type | None]) -> tuple[int | None, str] | None:
    """Return the index of the argument that a function cannot take, and why.

    The index is None when their number or the name is wrong; a type is None when it is not known.
    """
    function = FUNCTIONS.get(name)
    if function is None:
        return None, f"Unknown function: '{name}'"
    expected = len(function.parameters)
    if len(types) != expected:
        return None, f"Expected {expected} arguments for function '{name}'."
    for index, (given, accepted) in enumerate(zip(types, function.parameters, strict=True)):
        if given is not None and given not in accepted:
            kinds = " or ".join(accepted)
            message = f"Invalid argument #{index + 1} of type {given} for function '{name}': "
            return index, f"{message}expected {kinds}"
    return None


def check_arguments(name: str, arguments: Sequence[Value]) -> None:
    """Check a call.

    Raises:
        ExpressionError: there is no such function, or it cannot take these arguments.
    """
    if mistake := argument_mistake(name, [type_of(argument) for argument in arguments]):
        raise ExpressionError(mistake[1])


def call_function(name: str, arguments: Sequence[Value]) -> Value:
    """Return the value of a function that needs no context.

    Raises:
        ExpressionError: as `check_arguments`, or there is no result.
    """
    check_arguments(name, arguments)
    call = FUNCTIONS[name].call
    assert call, name
    return call(*arguments)


def _string(value: str | float) -> str:
    return value if isinstance(value, str) else number_text(value)


def _number(value: str | float) -> float:
    number = read_number(value) if isinstance(value, str) else value
    if not math.isfinite(number):
        raise ExpressionError("Error converting value '{value}' to number", value=_string(value))
    return number


def _floor(number: float) -> float:
    return float(math.floor(number)) if math.isfinite(number) else number


def _round(number: float) -> float:
    floor = _floor(number)
    return floor + 1 if number - floor >= 0.5 else floor


def _upper(text: str) -> str:
    return to_units(to_text(text).upper())


def _lower(text: str) -> str:
    return to_units(to_text(text).lower())


def _replace(text: str, find: str, replacement: str) -> str:
    growth = text.count(find) * (len(replacement) - len(find))
    if len(text) + growth > MAX_TEXT_LENGTH:
        raise ExpressionError("The text becomes too long")
    return text.replace(find, replacement)


def _substring(text: str, start: float, end: float) -> str:
    """Return units from `start` to before `end`; to the last one when `end` lies before it."""
    first = _index(start, text)
    return text[first:] if end < start else text[first : max(first, _index(end, text))]


def _index(number: float, text: str) -> int:
    return 0 if math.isnan(number) else int(min(max(number, 0.0), float(len(text))))


def _match(text: str, pattern: str, ignore_case: bool) -> bool:
    return search(to_text(pattern), "i" if ignore_case else "", to_text(text))


_STRING: tuple[Type, ...] = ("string",)
_NUMBER: tuple[Type, ...] = ("number",)
_EITHER: tuple[Type, ...] = ("number", "string")

FUNCTIONS = {
    "String": Function(_string, _EITHER, result="string"),
    "Number": Function(_number, _EITHER, result="number"),
    "Boolean": Function(is_true, _EITHER, result="boolean"),
    "round": Function(_round, _NUMBER, result="number"),
    "floor": Function(_floor, _NUMBER, result="number"),
    "upper": Function(_upper, _STRING, result="string"),
    "lower": Function(_lower, _STRING, result="string"),
    "trim": Function(lambda text: text.strip(WHITE_SPACE), _STRING, result="string"),
    "trimLeft": Function(lambda text: text.lstrip(WHITE_SPACE), _STRING, result="string"),
    "trimRight": Function(lambda text: text.rstrip(WHITE_SPACE), _STRING, result="string"),
    "replace": Function(_replace, _STRING, _STRING, _STRING, result="string"),
    "substring": Function(_substring, _STRING, _NUMBER, _NUMBER, result="string"),
    "length": Function(lambda text: float(len(text)), _STRING, result="number"),
    "includes": Function(lambda text, part: part in text, _STRING, _STRING, result="boolean"),
    "indexOf": Function(
        lambda text, part: float(text.find(part)), _STRING, _STRING, result="number"
    ),
    "match": Function(_match, _STRING, _STRING, ("boolean",), result="boolean"),
    "Variable": Function(None, _STRING, result=None),
    "Member": Function(None, ("object", "string"), _STRING, result=None),
}
"""By name, in the order of the language's reference."""
