"""Conditions as trees.

Holes stand where they were written, so nothing that fills them is ever parsed: a hole inside quotes
is part of a string, one outside quotes is a value of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from compiler.record import Record
from compiler.syntax.templates import Hole, Part, read_template

MAX_DEPTH = 32
"""Expressions in expressions. Protobuf reads no message that is much deeper than twice as much."""


class ConditionError(Exception):
    """A condition cannot be read. Places are counted in characters, from 0."""

    too_long = False
    """Whether it was not read at all, since it is longer than the language allows."""

    def __init__(self, message: str, start: int, end: int, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.help = help


class _Placed(Record):
    """A part of a condition. Parentheses around it belong to it."""

    start: int
    end: int
    """After the last character."""


class Literal(_Placed):
    """A constant."""

    value: str | float | bool | None


class Name(_Placed):
    """A bare name: a variable, a step, `steps` or `workflow`."""

    name: str


class Member(_Placed):
    """A member of an object, as in `steps.build.result`."""

    object: Expression
    name: str


class Call(_Placed):
    """A call of a function."""

    function: str
    arguments: tuple[Expression, ...]


class Operation(_Placed):
    """An operator with its operands; a chain of the same operator is taken from the left."""

    operator: str
    """As the plan calls it: the unary ones are `!`, `u-` and `u+`. `===` and `!==` remain."""
    operands: tuple[Expression, ...]
    operator_start: int
    """Where it stands, the first time."""


class Quoted(_Placed):
    """A quoted string with holes. It is a string whatever fills them."""

    parts: tuple[Part, ...]


class Unquoted(_Placed):
    """Holes outside quotes, with what touches them. The type is that which the value shows."""

    parts: tuple[Part, ...]


Expression = Literal | Name | Member | Call | Operation | Quoted | Unquoted


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions in an expression, from left to right."""
    match expression:
        case Member():
            return (expression.object,)
        case Call():
            return expression.arguments
        case Operation():
            return expression.operands
        case _:
            return ()


def quoted(text: str, start: int, end: int) -> Literal | Quoted:
    """Return the tree of what stands between quotes; its place includes them."""
    from freshet.evaluate.words import unescaped

    parts = tuple(
        unescaped(part) if isinstance(part, str) else part for part in read_template(text)
    )
    if any(isinstance(part, Hole) for part in parts):
        return Quoted(parts=parts, start=start, end=end)
    return Literal(value="".join(map(str, parts)), start=start, end=end)


def operation(operator: str, operator_start: int, operands: Sequence[Expression]) -> Operation:
    """Return the tree of an operator between its operands."""
    return Operation(
        operator=operator,
        operands=tuple(operands),
        operator_start=operator_start,
        start=operands[0].start,
        end=operands[-1].end,
    )
