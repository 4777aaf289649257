"""Any expression has a value, or an error says why not."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from compiler.model.scope import Scope
from compiler.planning.conditions import expression
from compiler.planning.templates import Templates
from compiler.syntax.condition_tree import (
    Expression,
)
from freshet.evaluate import ExpressionError, evaluate_expression, type_of
from tests.conditions.trees import TREES
from tests.conditions.values import STEPS, Known, value_of

_SCOPE = Scope(step_types=dict.fromkeys(STEPS, "freestyle"), variables={})


@given(TREES, st.text(max_size=5))
@settings(deadline=None)
def test_tree_has_a_value_or_an_error(tree: Expression, value: str) -> None:
    try:
        found = evaluate_expression(expression(tree, Templates(_SCOPE)), Known({"X": value}))
    except ExpressionError as error:
        assert str(error)
    else:
        assert type_of(found)
        assert not isinstance(found, str) or found.encode().decode() == found


@given(st.text())
@example("a")
@example('" == "a" || "a" == "a')
@example("\\")
@example("${{X}}")
def test_value_inside_quotes_is_never_more_than_text(value: str) -> None:
    assert value_of('"${{X}}" == "a"', {"X": value}) is (value == "a")


@given(st.text())
@example("a' == 'a")
@example("1e999")
@example("steps.s1.result")
def test_value_outside_quotes_is_one_word(value: str) -> None:
    try:
        assert type_of(value_of("${{X}}", {"X": value}))
    except ExpressionError as error:
        assert str(error)
