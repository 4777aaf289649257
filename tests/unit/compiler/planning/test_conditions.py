"""Conditions of a plan."""

from collections.abc import Sequence

import pytest

from compiler.language.parts import NamedExpression
from compiler.language.values import Text
from compiler.model.scope import Scope
from compiler.planning.conditions import branch_condition, expression, named_conditions
from compiler.planning.templates import Templates
from compiler.source import Position, Span
from compiler.syntax.condition_tree import (
    MAX_DEPTH,
)
from compiler.syntax.conditions import parse_condition
from freshet.evaluate import evaluate_condition
from freshet.plan.v1.expression_pb2 import Condition, ConditionList, Expression, Literal
from freshet.plan.v1.plan_pb2 import Plan, StartRule, Step
from freshet.runner.v1.runner_service_pb2 import CreateRunRequest
from tests.conditions.values import Known

SPAN = Span(Position(1, 1), Position(1, 1))


def templates() -> Templates:
    return Templates(Scope(step_types={"build": "build"}, variables={}))


def text(value: str) -> Text:
    return Text(value, SPAN)


def entries(**conditions: str) -> tuple[NamedExpression, ...]:
    return tuple(
        NamedExpression(name=text(name), expression=text(each)) for name, each in conditions.items()
    )


def holds(condition: Condition, **variables: str) -> bool:
    return evaluate_condition(condition, Known(variables)).holds


@pytest.mark.parametrize(
    ("every", "some", "result"),
    [
        (None, None, True),
        ({}, None, True),
        (None, {}, False),
        ({}, {}, False),
        ({"a": "true", "b": "true"}, None, True),
        ({"a": "true", "b": "false"}, None, False),
        (None, {"a": "false", "b": "true"}, True),
        ({"a": "true"}, {"b": "true", "c": "false"}, True),
        ({"a": "true"}, {"b": "false"}, False),
        ({"a": "false"}, {"b": "true"}, False),
    ],
)
def test_all_and_any_are_joined(
    every: dict[str, str] | None, some: dict[str, str] | None, result: bool
) -> None:
    condition = named_conditions(
        None if every is None else entries(**every),
        None if some is None else entries(**some),
        templates(),
    )

    assert holds(condition) is result


def test_entries_keep_their_names_and_texts_in_order() -> None:
    condition = named_conditions(entries(b="true", a="'x' === 'x'"), None, templates())

    terms = [each.term for each in condition.all_of.conditions]
    assert [(term.display_name, term.source_text) for term in terms] == [
        ("b", "true"),
        ("a", "'x' === 'x'"),
    ]
    assert terms[1].expression.call.function == "=="


def test_condition_that_cannot_be_read_is_false_and_keeps_its_text() -> None:
    condition = named_conditions(entries(a="1 2"), None, templates())

    (only,) = condition.all_of.conditions
    assert only.term.source_text == "1 2"
    assert only.term.expression == Expression(literal=Literal(bool_value=False))


@pytest.mark.parametrize(
    ("only", "ignore", "branch", "result"),
    [
        ([], [], "master", True),
        (["master"], [], "master", True),
        (["master"], [], "Master", False),
        (["master", "/^FB-/i"], [], "fb-1", True),
        (["/B/"], [], "aBc", True),
        (["/^b$/m"], [], "b", True),
        (["/a.c/s"], [], "a-c", True),
        (["/é/u"], [], "é", True),
        (["/b/y"], [], "ab", False),
        (["/b/g"], [], "ab", True),
        ([], ["master"], "master", False),
        ([], ["master", "/^x/"], "y", True),
        (["/^fe/"], ["feature"], "feature", False),
        (["/^fe/"], ["feature"], "feat", True),
        (["master"], [], None, False),
        ([], ["master"], None, True),
        (["/./"], [], None, False),
        ([], ["/./"], None, True),
        (["${{MAIN}}"], [], "trunk", True),
        (["/^${{MAIN}}/"], [], "trunk-1", True),
        (["${{PATTERN}}"], [], "trunk", True),
        (["${{NONE}}"], [], "trunk", False),
    ],
)
def test_branch_is_held_against_patterns(
    only: Sequence[str], ignore: Sequence[str], branch: str | None, result: bool
) -> None:
    condition = branch_condition(list(map(text, only)), list(map(text, ignore)), templates())
    variables = {"MAIN": "trunk", "PATTERN": "/^TRUNK$/i"}
    if branch is not None:
        variables["CF_BRANCH"] = branch

    assert holds(condition, **variables) is result


def test_what_conditions_read_is_noted() -> None:
    notes = templates()

    named_conditions(
        entries(
            a="A == '${{B}}' && ${{C}} && build.result == steps.build.result",
            b="Variable('D') == Member('E', 'length') && workflow.result == '${{secrets.s.k}}'",
        ),
        None,
        notes,
    )

    assert notes.variables == {"A", "B", "C", "D", "E"}
    assert notes.secrets == {"s/k"}


def test_deepest_condition_travels_in_a_request() -> None:
    tree = parse_condition("!" * (MAX_DEPTH - 1) + "'${{steps.build.result}}'")
    condition = Condition()
    condition.term.expression.CopyFrom(expression(tree, templates()))
    for _ in range(4):
        condition = Condition(all_of=ConditionList(conditions=[condition]))
    plan = Plan(steps=[Step(id="a", start_rule=StartRule(condition=condition))])

    sent = CreateRunRequest(plan=plan).SerializeToString()

    assert CreateRunRequest.FromString(sent).plan == plan


def test_long_list_of_alternatives_is_flat() -> None:
    many = " || ".join(f"'${{{{X}}}}' == '{number}'" for number in range(400))

    condition = named_conditions(entries(many=many), None, templates())

    assert len(condition.all_of.conditions[0].term.expression.call.arguments) == 400
    assert holds(Condition.FromString(condition.SerializeToString()), X="399")
