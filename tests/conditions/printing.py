"""Trees of conditions as text, and without their places."""

from typing import assert_never

from compiler.syntax.condition_tree import (
    Call,
    Expression,
    Literal,
    Member,
    Name,
    Operation,
    Quoted,
    Unquoted,
)
from compiler.syntax.templates import Part

_SIGNS = {"u-": "-", "u+": "+"}


def printed(tree: Expression) -> str:
    """Return a tree as text, with parentheses wherever they change nothing."""
    match tree:
        case Literal(value=str(value)):
            return f"'{_escaped(value)}'"
        case Literal(value=float(value)):
            return repr(value)
        case Literal(value=value):
            return "null" if value is None else str(value).lower()
        case Name(name=name):
            return name
        case Member(object=owner, name=name):
            return f"({printed(owner)}).{name}"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(printed, arguments))})"
        case Operation(operator=operator, operands=(operand,)):
            return f"{_SIGNS.get(operator, operator)}({printed(operand)})"
        case Operation(operator=operator, operands=operands):
            return f" {operator} ".join(f"({printed(operand)})" for operand in operands)
        case Quoted(parts=parts):
            return f'"{"".join(map(_part, parts))}"'
        case Unquoted(parts=parts):
            return "".join(part if isinstance(part, str) else part.text for part in parts)
        case _:
            assert_never(tree)


def without_places(tree: Expression) -> Expression:
    """Return a tree all of whose parts stand at 0."""
    changes: dict[str, object] = {"start": 0, "end": 0}
    match tree:
        case Member(object=owner):
            changes["object"] = without_places(owner)
        case Call(arguments=arguments):
            changes["arguments"] = tuple(map(without_places, arguments))
        case Operation(operands=operands):
            changes["operands"] = tuple(map(without_places, operands))
            changes["operator_start"] = 0
    return tree.replaced(**changes)


def _part(part: Part) -> str:
    return _escaped(part) if isinstance(part, str) else part.text


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\'\"$" else sign for sign in text)
