"""The value of a plan's expressions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Protocol

from freshet.evaluate.functions import call_function, check_arguments
from freshet.evaluate.operators import OPERATORS, apply_operator
from freshet.evaluate.templates import Lookup, evaluate_template
from freshet.evaluate.values import ExpressionError, Object, Value, to_text, to_units
from freshet.evaluate.words import read_word
from freshet.members import MEMBER_GROUPS, MEMBERS_BY_ALIAS, OBJECTS

if TYPE_CHECKING:
    from freshet.plan.v1.expression_pb2 import Call, Expression, Literal, Template


class Context(Lookup, Protocol):
    """What expressions look into: that of templates, steps and the workflow as objects."""

    def has_step(self, step_id: str) -> bool:
        """Return whether there is a step of that name, run or not."""

    def workflow_member(self, member: str) -> str | None:
        """Return what the workflow tells about itself: `result`."""


def evaluate_expression(expression: Expression, context: Context) -> Value:
    """Return the value of an expression.

    Raises:
        ExpressionError: it has none.
    """
    value = _value(expression, context)
    return to_text(value) if isinstance(value, str) else value


def _value(expression: Expression, context: Context) -> Value:
    match expression.WhichOneof("kind"):
        case "literal":
            return _constant(expression.literal)
        case "identifier":
            return _entry(expression.identifier, context)
        case "member_access":
            access = expression.member_access
            return _member(_value(access.object, context), access.member, context)
        case "call":
            return _called(expression.call, context)
        case "text":
            return to_units(evaluate_template(expression.text, context))
        case "unquoted":
            return _shown(expression.unquoted, context)
        case _:
            raise ExpressionError("The expression is empty")


def _constant(literal: Literal) -> Value:
    match literal.WhichOneof("value"):
        case "string_value":
            return to_units(literal.string_value)
        case "number_value":
            return literal.number_value
        case "bool_value":
            return literal.bool_value
        case _:
            return None


def _called(call: Call, context: Context) -> Value:
    arguments = [_value(argument, context) for argument in call.arguments]
    try:
        if call.function in OPERATORS:
            return apply_operator(call.function, arguments)
        if call.function in ("Variable", "Member"):
            check_arguments(call.function, arguments)
            return _looked_up(arguments, context)
        return call_function(call.function, arguments)
    except ExpressionError as error:
        if any(map(_is_filled, call.arguments)):
            raise error.without_value() from None
        raise


def _is_filled(expression: Expression) -> bool:
    """Return whether a value depends on the run: it may be a secret then."""
    match expression.WhichOneof("kind"):
        case "literal" | None:
            return False
        case "call":
            return any(map(_is_filled, expression.call.arguments))
        case "identifier":
            return expression.identifier not in OBJECTS
        case _:
            return True


def _looked_up(arguments: Sequence[Value], context: Context) -> Value:
    first, *path = arguments
    found = _entry(first, context) if isinstance(first, str) else first
    names = [name for each in path if isinstance(each, str) for name in each.split(".")]
    return reduce(lambda value, name: _member(value, name, context), names, found)


def _shown(template: Template, context: Context) -> Value:
    source_text = "".join(part.text or part.reference.source_text for part in template.parts)
    word = read_word(evaluate_template(template, context), source_text)
    if isinstance(word, str):
        return to_units(word)
    if not isinstance(word, tuple):
        return word
    first, *path = word
    try:
        found = _entry(first, context)
        return reduce(lambda value, name: _member(value, name, context), path, found)
    except ExpressionError as error:
        raise error.without_value() from None


def _entry(name: str, context: Context) -> Value:
    """Return what a bare name means. A step wins over a variable."""
    name = to_text(name)
    if name in OBJECTS:
        return Object((name,))
    if context.has_step(name):
        return Object(("steps", name))
    value = context.variable(name)
    if value is None:
        raise ExpressionError("Invalid identifier: '{value}'", name)
    return to_units(value)


def _member(value: Value, name: str, context: Context) -> Value:
    name = to_text(name)
    match value:
        case None:
            raise ExpressionError("Cannot read the member '{value}' of null", name)
        case str() if name == "length":
            return float(len(value))
        case Object(path=path):
            found = _member_of_object(path, name, context)
            if found is not None:
                return found
    raise ExpressionError("Undefined identifier member: '{value}'", name)


def _member_of_object(path: tuple[str, ...], name: str, context: Context) -> str | Object | None:
    if path == ("workflow",):
        found = context.workflow_member(MEMBERS_BY_ALIAS.get(name, name))
        return None if found is None else to_units(found)
    if path == ("steps",):
        return Object(("steps", name)) if context.has_step(name) else None
    _, step, *group = path
    member = ".".join((*group, name)) if group else MEMBERS_BY_ALIAS.get(name, name)
    found = context.step_member(step, member)
    if found is not None:
        return to_units(found)
    return Object((*path, name)) if member in MEMBER_GROUPS else None
