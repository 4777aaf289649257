"""Conditions: named expressions, joined."""

import pytest

from freshet.evaluate import MAX_LENGTH, evaluate_condition
from freshet.plan.v1.expression_pb2 import Condition, ConditionList, ConditionTerm
from tests.conditions.values import Known, lowered

KNOWN = Known({"BRANCH": "main", "LONG": "x" * MAX_LENGTH})


def term(text: str, name: str = "entry") -> Condition:
    return Condition(
        term=ConditionTerm(display_name=name, source_text=text, expression=lowered(text))
    )


def all_of(*conditions: Condition) -> Condition:
    return Condition(all_of=ConditionList(conditions=conditions))


def any_of(*conditions: Condition) -> Condition:
    return Condition(any_of=ConditionList(conditions=conditions))


YES, NO = term("true"), term("false")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(), True),
        (YES, True),
        (NO, False),
        (all_of(), True),
        (all_of(YES, YES), True),
        (all_of(YES, NO), False),
        (any_of(), False),
        (any_of(NO, YES), True),
        (any_of(NO, NO), False),
        (all_of(any_of(NO, YES), YES), True),
    ],
)
def test_conditions_are_joined(condition: Condition, holds: bool) -> None:
    assert evaluate_condition(condition, KNOWN).holds is holds


def test_every_entry_has_its_line() -> None:
    condition = all_of(term("'${{BRANCH}}' == 'x'", "isX"), term("1", "one"))

    result = evaluate_condition(condition, KNOWN)

    assert [entry.line for entry in result.entries] == [
        "Evaluating execution condition isX ( '${{BRANCH}}' == 'x' ): it evaluates to false",
        "Evaluating execution condition one ( 1 ): it evaluates to true",
    ]
    assert [entry.error for entry in result.entries] == ["", ""]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("foo", "Invalid identifier: 'foo'"),
        ("steps", "Cannot evaluate object variable directly"),
        ("includes('${{LONG}}', 'x')", "The expression is longer than 12000 characters"),
        ("('${{LONG}}').length > 1", "The expression is longer than 12000 characters"),
        ("x${{LONG}}", "The expression is longer than 12000 characters"),
    ],
)
def test_expression_without_value_counts_as_false_and_says_why(text: str, error: str) -> None:
    (entry,) = evaluate_condition(term(text), KNOWN).entries

    assert not entry.holds
    assert entry.error == error
