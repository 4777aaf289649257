"""Reads conditions: the expressions of `when`, `success_criteria` and `evaluate`."""

from __future__ import annotations

from functools import lru_cache

from compiler.syntax.condition_tree import MAX_DEPTH, ConditionError, Expression, children


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
