"""Finds comparisons of results with words that no result ever is; pure."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.model.scope import Scope, StepReference
from compiler.syntax.condition_tree import (
    Call,
    Expression,
    Literal,
    Member,
    Name,
    Operation,
    Quoted,
)
from compiler.syntax.templates import Hole
from freshet.members import MEMBER_GROUPS, MEMBERS_BY_ALIAS, RESULTS, WORKFLOW_RESULTS

_MEANT = {"error": "failure", "failed": "failure", "succeeded": "success", "finished": ""}
"""Words of other places, and the result that is meant."""


def impossible_results(
    operation: Operation, scope: Scope
) -> Iterator[tuple[Literal, str, tuple[str, ...]]]:
    """Yield each word that is no result, what was probably meant, and the words that are."""
    words = next(filter(None, (_results(each, scope) for each in operation.operands)), None)
    if words is None or operation.operator.rstrip("=") not in ("", "!"):
        return
    for operand in operation.operands:
        match operand:
            case Literal(value=str(word)) if word not in words:
                yield operand, _MEANT.get(word, ""), words


def _results(expression: Expression, scope: Scope) -> tuple[str, ...] | None:
    """Return what an expression may be; None: it is no result."""
    match expression:
        case Member(object=Name(name="workflow"), name=name):
            return WORKFLOW_RESULTS if _is_result(name) else None
        case Member(object=owner, name=name) if _is_result(name):
            grouped = isinstance(owner, Member) and owner.name in MEMBER_GROUPS
            return None if grouped else RESULTS
        case Call(function="Member", arguments=(_, Literal(value=str(path)))):
            *groups, name = path.split(".")
            grouped = any(each in MEMBER_GROUPS for each in groups)
            return RESULTS if _is_result(name) and not grouped else None
        case Quoted(parts=(Hole() as hole,)):
            reference = scope.refer(hole)
            of_step = isinstance(reference, StepReference) and reference.member == "result"
            return RESULTS if of_step else None
        case _:
            return None


def _is_result(name: str) -> bool:
    return MEMBERS_BY_ALIAS.get(name, name) == "result"
