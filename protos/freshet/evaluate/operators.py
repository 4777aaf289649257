"""The operators, each in one row: what it takes and what it gives.

Nothing is converted, and both sides are always evaluated. A chain of one operator is one call with
many operands, taken from the left.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from freshet.evaluate.numbers import number_text
from freshet.evaluate.patterns import fits_branch
from freshet.evaluate.values import ExpressionError, Type, Value, type_of

MAX_TEXT_LENGTH = 100_000
"""No text becomes longer, however often it is doubled."""


class Operator:
    """One operator."""

    __slots__ = ("apply", "operand_types", "result", "sign")

    def __init__(
        self,
        apply: Callable[..., Value],
        *operand_types: tuple[Type, ...],
        result: Type | None,
        sign: str = "",
    ) -> None:
        self.apply = apply
        self.operand_types = operand_types
        """The combinations it takes; all are of one length, 1 or 2."""
        self.result = result
        """None: the type of the operands."""
        self.sign = sign
        """How it is written, where that is not its name."""

    @property
    def operand_count(self) -> int:
        """1 or 2."""
        return len(self.operand_types[0])


def type_mistake(name: str, types: Sequence[Type]) -> str:
    """Return why an operator cannot take operands of these types; empty: it can."""
    found = OPERATORS[name]
    if tuple(types) in found.operand_types:
        return ""
    accepted = "; ".join(",".join(each) for each in found.operand_types)
    return (
        f"The operator {found.sign or name} cannot be used with {','.join(types)}. "
        f"It can only be used with the types: {accepted}"
    )


def apply_operator(name: str, operands: Sequence[Value]) -> Value:
    """Return the value of an operator that is in `OPERATORS`.

    Raises:
        ExpressionError: it cannot take these operands, or there is no result.
    """
    found = OPERATORS[name]
    first, *others = operands or (None,)
    if found.operand_count == 1:
        if others:
            raise ExpressionError(f"The operator {found.sign or name} takes one operand")
        return _applied(name, first)
    if not others:
        raise ExpressionError(f"The operator {name} takes at least two operands")
    for other in others:
        first = _applied(name, first, other)
    return first


def _applied(name: str, *operands: Value) -> Value:
    if mistake := type_mistake(name, [type_of(operand) for operand in operands]):
        raise ExpressionError(mistake)
    return OPERATORS[name].apply(*operands)


def _plus(left: Any, right: Any) -> Value:  # noqa: ANN401  # both numbers or both strings
    if isinstance(left, str) and len(left) + len(right) > MAX_TEXT_LENGTH:
        raise ExpressionError("The text becomes too long")
    total: Value = left + right
    return total


def _times(left: float, right: float) -> float:
    product = left * right
    if product == math.inf:
        raise ExpressionError("Numeric overflow")
    return product


def _divided(left: float, right: float) -> float:
    quotient = left / right if right else _divided_by_zero(left, right)
    if quotient == math.inf:
        raise ExpressionError(
            f"Division of {{value}} by {number_text(right)}", value=number_text(left)
        )
    return quotient


def _divided_by_zero(left: float, zero: float) -> float:
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, zero)


def _modulo(left: float, right: float) -> float:
    if right == 0:
        raise ExpressionError("Modulo of {value} by 0", value=number_text(left))
    return math.nan if math.isinf(left) else math.fmod(left, right)


_NUMBERS: tuple[Type, ...] = ("number", "number")
_STRINGS: tuple[Type, ...] = ("string", "string")
_BOOLEANS: tuple[Type, ...] = ("boolean", "boolean")
_COMPARABLE: tuple[tuple[Type, ...], ...] = (
    _NUMBERS,
    _STRINGS,
    _BOOLEANS,
    ("null", "null"),
    ("string", "null"),
    ("null", "string"),
    ("object", "object"),
    ("object", "null"),
    ("null", "object"),
)

OPERATORS = {
    "||": Operator(lambda left, right: left or right, _BOOLEANS, result="boolean"),
    "&&": Operator(lambda left, right: left and right, _BOOLEANS, result="boolean"),
    "==": Operator(operator.eq, *_COMPARABLE, result="boolean"),
    "!=": Operator(operator.ne, *_COMPARABLE, result="boolean"),
    "<": Operator(operator.lt, _NUMBERS, _STRINGS, result="boolean"),
    ">": Operator(operator.gt, _NUMBERS, _STRINGS, result="boolean"),
    "<=": Operator(operator.le, _NUMBERS, _STRINGS, result="boolean"),
    ">=": Operator(operator.ge, _NUMBERS, _STRINGS, result="boolean"),
    "+": Operator(_plus, _NUMBERS, _STRINGS, result=None),
    "-": Operator(operator.sub, _NUMBERS, result="number"),
    "*": Operator(_times, _NUMBERS, result="number"),
    "/": Operator(_divided, _NUMBERS, result="number"),
    "%": Operator(_modulo, _NUMBERS, result="number"),
    "u-": Operator(operator.neg, ("number",), result="number", sign="-"),
    "u+": Operator(operator.pos, ("number",), result="number", sign="+"),
    "!": Operator(
        lambda value: not value or value != value, ("number",), ("boolean",), result="boolean"
    ),
    "=~": Operator(fits_branch, _STRINGS, result="boolean"),
}
"""By the names that plans use. `=~` compares a branch with a pattern; nobody can write it."""
