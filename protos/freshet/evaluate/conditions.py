"""Whether a plan's conditions hold, and what the log says about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from freshet.evaluate.expressions import Context, evaluate_expression
from freshet.evaluate.templates import evaluate_template
from freshet.evaluate.values import ExpressionError, is_true

if TYPE_CHECKING:
    from freshet.plan.v1.expression_pb2 import Condition, ConditionTerm, Expression, Template

MAX_LENGTH = 12_000
"""Characters of an expression, before and after its holes are filled."""


class Entry(NamedTuple):
    """What became of one named expression."""

    display_name: str
    source_text: str
    holds: bool
    error: str = ""
    """Why there is no value, so that it counts as false. May be empty."""

    @property
    def line(self) -> str:
        """What the log says."""
        return (
            f"Evaluating execution condition {self.display_name} ( {self.source_text} ): "
            f"it evaluates to {'true' if self.holds else 'false'}"
        )


class Evaluation(NamedTuple):
    """What became of a condition."""

    holds: bool
    entries: tuple[Entry, ...] = ()
    """All expressions, in order: none is left out because the result is clear before it."""


def evaluate_condition(condition: Condition, context: Context) -> Evaluation:
    """Return whether a condition holds; one that says nothing does."""
    match condition.WhichOneof("kind"):
        case "term":
            entry = _entry(condition.term, context)
            return Evaluation(holds=entry.holds, entries=(entry,))
        case "all_of":
            parts = [evaluate_condition(each, context) for each in condition.all_of.conditions]
            holds = all(part.holds for part in parts)
        case "any_of":
            parts = [evaluate_condition(each, context) for each in condition.any_of.conditions]
            holds = any(part.holds for part in parts)
        case _:
            return Evaluation(holds=True)
    return Evaluation(holds=holds, entries=tuple(entry for part in parts for entry in part.entries))


def _entry(term: ConditionTerm, context: Context) -> Entry:
    holds, message = False, ""
    try:
        _check_length(term, context)
        holds = is_true(evaluate_expression(term.expression, context))
    except ExpressionError as error:
        message = str(error)
    return Entry(
        display_name=term.display_name, source_text=term.source_text, holds=holds, error=message
    )


def _check_length(term: ConditionTerm, context: Context) -> None:
    """Check how long the expression is with its holes filled."""
    length = len(term.source_text)
    for template in _templates(term.expression):
        length += len(evaluate_template(template, context))
        length -= sum(len(part.reference.source_text or part.text) for part in template.parts)
    if length > MAX_LENGTH:
        raise ExpressionError(f"The expression is longer than {MAX_LENGTH} characters")


def _templates(expression: Expression) -> Iterator[Template]:
    match expression.WhichOneof("kind"):
        case "text":
            yield expression.text
        case "unquoted":
            yield expression.unquoted
        case "member_access":
            yield from _templates(expression.member_access.object)
        case "call":
            for argument in expression.call.arguments:
                yield from _templates(argument)
