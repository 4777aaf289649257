"""Reads conditions: the expressions of `when`, `success_criteria` and `evaluate`.

Holes are read where they stand, so nothing that fills them is ever parsed: a hole inside quotes is
part of a string, one outside quotes is a value of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

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


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Expression:
    """Return the tree of a condition; an empty one is false.

    Raises:
        ConditionError: it cannot be read, is too long or too deep.
    """
    from freshet.evaluate import MAX_LENGTH  # few pipelines have conditions

    if len(text) > MAX_LENGTH:
        raise _too_long(text, MAX_LENGTH)
    expression = _read(text)
    _check_depth(expression)
    return expression


def _too_long(text: str, limit: int) -> ConditionError:
    message = f"a condition has at most {limit} characters, this one has {len(text)}"
    help = "compute the value in a step and export it as a variable"
    error = ConditionError(message, limit, len(text), help)
    error.too_long = True
    return error


def _read(text: str) -> Expression:
    from compiler.syntax.plain_conditions import read_plain

    if plain := read_plain(text):
        return plain
    from compiler.syntax.condition_parser import parse  # few conditions need Lark

    return parse(text)


def _check_depth(expression: Expression) -> None:
    """Go down level by level: the tree may be deeper than functions can call each other."""
    level = [expression]
    for _ in range(MAX_DEPTH):
        level = [child for each in level for child in children(each)]
    if level:
        raise ConditionError(
            f"expressions are nested more than {MAX_DEPTH} deep",
            level[0].start,
            level[0].end,
            "split the condition into several entries",
        )
