"""Values of expressions: every rule of the language in rows."""

import math
import time

import pytest

from freshet.evaluate import (
    FUNCTION_NAMES,
    OPERATOR_NAMES,
    ExpressionError,
    Object,
    Value,
    evaluate_expression,
    is_true,
    type_of,
)
from freshet.plan.v1.expression_pb2 import Call, Expression, Literal
from tests.conditions.rows import ERRORS, VALUES, VARIABLES
from tests.conditions.values import Known, lowered, value_of


def equal(value: Value, expected: Value) -> bool:
    if isinstance(value, float) and isinstance(expected, float) and math.isnan(expected):
        return math.isnan(value)
    return type_of(value) == type_of(expected) and value == expected


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_expression_has_its_value(text: str, expected: Value) -> None:
    assert equal(value_of(text, VARIABLES), expected)


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_expression_without_value_says_why(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        value_of(text, VARIABLES)

    assert str(raised.value) == message


def test_every_function_and_operator_has_a_row() -> None:
    called = {name for text, _ in VALUES for name in calls(lowered(text))}

    # `=~` is how plans compare a branch with a pattern.
    assert called == {*FUNCTION_NAMES, *OPERATOR_NAMES} - {"=~"}


def calls(expression: Expression) -> set[str]:
    inner = [*expression.call.arguments]
    if expression.HasField("member_access"):
        inner.append(expression.member_access.object)
    own = {expression.call.function} if expression.HasField("call") else set()
    return own.union(*map(calls, inner))


@pytest.mark.parametrize("value", [None, "", 0.0, math.nan, False])
def test_value_means_false(value: Value) -> None:
    assert not is_true(value)


@pytest.mark.parametrize("value", ["false", "0", -1.0, -math.inf, True])
def test_value_means_true(value: Value) -> None:
    assert is_true(value)


def test_object_means_no_truth() -> None:
    with pytest.raises(ExpressionError, match="Cannot evaluate object variable directly"):
        is_true(Object(("steps",)))


def test_secret_is_not_shown_in_an_error() -> None:
    for text in ("${{SECRET}}", "Number('${{SECRET}}')", "Variable(SECRET)", "Member(s1, SECRET)"):
        with pytest.raises(ExpressionError) as raised:
            value_of(text, VARIABLES)

        assert "hunter2" not in str(raised.value)


def test_text_does_not_become_too_long() -> None:
    nested = "'aaaaaaaaaa'"
    for _ in range(20):
        nested = f"replace({nested}, 'a', 'aaaaaaaaaa')"

    with pytest.raises(ExpressionError, match="too long"):
        value_of(nested)


def test_number_beyond_all_numbers_is_none_and_is_shown_in_part() -> None:
    with pytest.raises(ExpressionError) as raised:
        value_of(f"Number('0x{'f' * 5000}')")

    assert str(raised.value) == f"Error converting value '0x{'f' * 98}' to number"


def test_regular_expression_takes_time_linear_in_the_text() -> None:
    started = time.perf_counter()

    found = value_of("match('${{X}}', '(a+)+$', false)", {"X": "a" * 12_000 + "!"})

    assert found is False
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("function", "count", "message"),
    [("!", 2, "takes one"), ("==", 1, "at least two"), ("+", 0, "at least two"), ("!", 0, "null")],
)
def test_operator_of_a_strange_plan_is_refused(function: str, count: int, message: str) -> None:
    call = Call(function=function, arguments=[Expression(literal=Literal(bool_value=True))] * count)

    with pytest.raises(ExpressionError, match=message):
        evaluate_expression(Expression(call=call), Known())


def test_expression_that_says_nothing_has_no_value() -> None:
    with pytest.raises(ExpressionError, match="empty"):
        evaluate_expression(Expression(), Known())
