"""Conditions → expressions of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from compiler.language.parts import NamedExpression
from compiler.language.values import Text
from compiler.planning.templates import Templates
from compiler.syntax.condition_tree import (
    Call,
    ConditionError,
    Expression,
    Literal,
    Member,
    Name,
    Operation,
    Quoted,
    Unquoted,
)
from compiler.syntax.conditions import parse_condition
from freshet.plan.v1 import expression_pb2 as messages

_BRANCH = "${{CF_BRANCH}}"
_NO_BRANCH = "{{CF_BRANCH}}"
"""What the branch contains when there is none: its name stands as it was written."""
_STRICT = {"===": "==", "!==": "!="}


def named_conditions(
    every: Sequence[NamedExpression] | None,
    some: Sequence[NamedExpression] | None,
    templates: Templates,
) -> messages.Condition:
    """Return the condition of `all` and `any`; of both, when both are there.

    Args:
        every: The entries of `all`; None: there is no such key. Empty: true.
        some: The entries of `any`; None: there is no such key. Empty: false.
        templates: What notes which variables are read.
    """
    parts: list[messages.Condition] = []
    if every is not None:
        parts.append(all_of(_terms(every, templates)))
    if some is not None:
        terms = messages.ConditionList(conditions=_terms(some, templates))
        parts.append(messages.Condition(any_of=terms))
    return parts[0] if len(parts) == 1 else all_of(parts)


def branch_condition(
    only: Sequence[Text], ignore: Sequence[Text], templates: Templates
) -> messages.Condition:
    """Return the condition on the branch. Without a branch, `only` is false and `ignore` true.

    Args:
        only: Patterns of which one must fit; empty: there is no such key.
        ignore: Patterns of which none may fit.
        templates: What notes which variables are read.
    """
    branch = messages.Expression(text=templates.template(_BRANCH))
    no_branch = _call("includes", [branch, _string(_NO_BRANCH)])
    parts: list[messages.Condition] = []
    if only:
        holds = _call("&&", [_call("!", [no_branch]), _fits_any(branch, only, templates)])
        parts.append(_term("branch only", ", ".join(each.text for each in only), holds))
    if ignore:
        fits_none = _call("!", [_fits_any(branch, ignore, templates)])
        holds = _call("||", [no_branch, fits_none])
        parts.append(_term("branch ignore", ", ".join(each.text for each in ignore), holds))
    return parts[0] if len(parts) == 1 else all_of(parts)


def condition(name: str, text: str, templates: Templates) -> messages.Condition:
    """Return the condition of one expression."""
    return _term(name, text, written_expression(text, templates))


def written_expression(text: str, templates: Templates) -> messages.Expression:
    """Return the expression of a text; one that cannot be read is false: the check has told."""
    try:
        return expression(parse_condition(text), templates)
    except ConditionError:
        return messages.Expression(literal=messages.Literal(bool_value=False))


def all_of(parts: Iterable[messages.Condition]) -> messages.Condition:
    """Return the condition that all hold."""
    return messages.Condition(all_of=messages.ConditionList(conditions=parts))


def expression(tree: Expression, templates: Templates) -> messages.Expression:
    """Return the expression of a tree, which is never deeper than the parser lets it be."""
    match tree:
        case Literal(value=value):
            return messages.Expression(literal=_literal(value))
        case Name(name=name):
            templates.note_variable(name)
            return messages.Expression(identifier=templates.step_id(name))
        case Member(object=Name(name="steps"), name=name):
            steps = messages.Expression(identifier="steps")
            access = messages.MemberAccess(object=steps, member=templates.step_id(name))
            return messages.Expression(member_access=access)
        case Member(object=owner, name=name):
            access = messages.MemberAccess(object=expression(owner, templates), member=name)
            return messages.Expression(member_access=access)
        case Call(function=function, arguments=arguments):
            _note_look_up(tree, templates)
            return _call(function, [expression(each, templates) for each in arguments])
        case Operation(operator=operator, operands=operands):
            name = _STRICT.get(operator, operator)
            return _call(name, [expression(each, templates) for each in operands])
        case Quoted(parts=parts):
            return messages.Expression(text=templates.filled(parts))
        case Unquoted(parts=parts):
            return messages.Expression(unquoted=templates.filled(parts))
        case _:
            assert_never(tree)


def _note_look_up(call: Call, templates: Templates) -> None:
    match call:
        case Call(function="Variable" | "Member", arguments=(Literal(value=str(name)), *_)):
            templates.note_variable(name)


def _terms(entries: Sequence[NamedExpression], templates: Templates) -> list[messages.Condition]:
    return [condition(entry.name.text, entry.expression.text, templates) for entry in entries]


def _term(name: str, source_text: str, holds: messages.Expression) -> messages.Condition:
    term = messages.ConditionTerm(display_name=name, source_text=source_text, expression=holds)
    return messages.Condition(term=term)


def _fits_any(
    branch: messages.Expression, patterns: Sequence[Text], templates: Templates
) -> messages.Expression:
    fits = [
        _call("=~", [branch, messages.Expression(text=templates.template(pattern))])
        for pattern in patterns
    ]
    return fits[0] if len(fits) == 1 else _call("||", fits)


def _call(function: str, arguments: Sequence[messages.Expression]) -> messages.Expression:
    return messages.Expression(call=messages.Call(function=function, arguments=arguments))


def _string(text: str) -> messages.Expression:
    return messages.Expression(literal=messages.Literal(string_value=text))


def _literal(value: str | float | bool | None) -> messages.Literal:
    match value:
        case None:
            return messages.Literal(null_value=True)
        case bool():
            return messages.Literal(bool_value=value)
        case str():
            return messages.Literal(string_value=value)
        case _:
            return messages.Literal(number_value=value)
