"""Finds what is wrong with conditions before they are evaluated; pure.

Hardly anything is an error: an expression that has no value counts as false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler import mistakes
from compiler.diagnostics import Diagnostic, Severity
from compiler.language.values import Text
from compiler.model.scope import Scope
from compiler.syntax.condition_tree import (
    ConditionError,
    Expression,
    Literal,
    Unquoted,
)
from compiler.syntax.conditions import parse_condition

if TYPE_CHECKING:
    from compiler.model.known import Known

_PLAIN_PATTERN = r"/\^?(?:[A-Za-z0-9_./-][*+?]?){0,200}\$?/i?"
"""What most patterns look like: nothing is wrong with them, and no engine need be imported."""
_NO_SIGNS_OF_A_BRANCH = "*^?[\\ ~:"


def check_condition(text: Text, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the mistakes of one expression of `when`, `success_criteria` or `evaluate`."""
    from compiler.model.inference import Inference  # few pipelines have conditions

    try:
        tree = parse_condition(text.text)
    except ConditionError as error:
        mistake = mistakes.too_long_condition if error.too_long else mistakes.unreadable_condition
        yield mistake(error.message, text.part(error.start, error.end), error.help)
        return
    inference = Inference(text, scope)
    whole = _check_whole(tree, text, inference.known(tree))
    yield from inference.found or whole


def check_branch_pattern(text: Text, scope: Scope) -> Iterator[Diagnostic]:
    """Yield the mistakes of one pattern of `when.branch`."""
    pattern = scope.fold(text.text)
    if pattern is None:
        return
    if re.fullmatch(_PLAIN_PATTERN, pattern):
        return
    if pattern.startswith("/"):
        yield from _check_regular_expression(pattern, text)
        return
    for sign in _NO_SIGNS_OF_A_BRANCH:
        if sign in pattern:
            yield mistakes.plain_pattern(pattern, sign, text.span)
            return


def _check_regular_expression(pattern: str, text: Text) -> Iterator[Diagnostic]:
    from freshet.evaluate import PatternError  # few pipelines have patterns
    from freshet.evaluate.patterns import compiled, split_pattern

    if written := split_pattern(pattern):
        try:
            compiled(*written)
        except PatternError as error:
            yield mistakes.bad_pattern(error.reason, text.span, Severity.ERROR)
    else:
        yield mistakes.bad_pattern("it has no closing `/`", text.span, Severity.ERROR)


def _check_whole(tree: Expression, text: Text, value: Known) -> list[Diagnostic]:
    """Tell when the value of a tree is none for a condition, or always the same."""
    from freshet.evaluate import is_true

    span = text.part(tree.start, tree.end or len(text.text))
    if value.type == "object":
        reason = "an object has no truth value"
        return [mistakes.always_fails(reason, span, "compare one of its members")]
    if value.has_value and value.constant:
        written = isinstance(tree, Literal) and value.type == "boolean" and tree.end > 0
        help = "write it without quotes" if value.value in ("true", "false") else ""
        return [] if written else [mistakes.always(is_true(value.value), span, help)]
    if value.type == "string" and not isinstance(tree, Unquoted):
        return [mistakes.text_as_condition(span)]
    return []
