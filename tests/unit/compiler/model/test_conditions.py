"""Mistakes in conditions: each with its code, its place and its way out."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.diagnostics import Diagnostic, Severity
from compiler.language.parts import NamedExpression
from compiler.language.values import Text
from compiler.model.conditions import check_branch_pattern, check_condition
from compiler.model.scope import Scope
from compiler.planning.conditions import named_conditions
from compiler.planning.templates import Templates
from compiler.source import Position, Span
from compiler.syntax.condition_tree import (
    Expression,
)
from compiler.syntax.nodes import Scalar
from freshet.evaluate import evaluate_condition
from tests.conditions.printing import printed
from tests.conditions.rows import UNREADABLE, VALUES
from tests.conditions.trees import TREES
from tests.conditions.values import STEPS, Known

SCOPE = Scope(
    step_types={"build": "build", "my-step": "freestyle"},
    variables={"BRANCH": "main", "my-var": "x", "FIVE": "5", "VERSION": "1.2.3"},
)


class PlainScalar(Scalar):
    """A value in the first line, character for character."""

    def part(self, start: int, end: int) -> Span:
        return Span(Position(1, start + 1), Position(1, end + 1))


def text(value: str) -> Text:
    scalar = PlainScalar(value, value, Span(Position(1, 1), Position(1, len(value) + 1)))
    return Text(value, scalar.span, scalar)


def mistakes_of(value: str) -> list[tuple[str, str]]:
    return [(found.code, part(value, found)) for found in check_condition(text(value), SCOPE)]


def part(value: str, found: Diagnostic) -> str:
    return value[found.span.start.column - 1 : found.span.end.column - 1]


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ("upperr('a') == 'A'", "FR151", "upperr"),
        ("length() == 1", "FR152", "length()"),
        ("1 == length(1)", "FR152", "1"),
        ("'${{X}}' == true", "FR153", "'${{X}}' == true"),
        ("5 > '4'", "FR153", "5 > '4'"),
        ("!'${{X}}'", "FR153", "!'${{X}}'"),
        ("'a' + BRANCH + 1 == 'x'", "FR153", "'a' + BRANCH + 1"),
        ("master == BRANCH", "FR154", "master"),
        ("Variable('BRANHC') == 'a'", "FR154", "'BRANHC'"),
        ("steps.biuld.result == 'success'", "FR155", "steps.biuld"),
        ("build.resutl == 'success'", "FR155", "build.resutl"),
        ("workflow.name == 'x'", "FR155", "workflow.name"),
        ("Member(steps, 'build.foo') == 'x'", "FR155", "'build.foo'"),
        ("BRANCH.size == 1", "FR155", "BRANCH.size"),
        ("steps.build.result == 'failed'", "FR156", "'failed'"),
        ("'error' != build.status", "FR156", "'error'"),
        ("workflow.result == 'finished'", "FR156", "'finished'"),
        ("Member(steps, 'my-step.result') == 'succeeded'", "FR156", "'succeeded'"),
        ("'${{steps.build.result}}' == 'nonsense'", "FR156", "'nonsense'"),
        ("${{X}} == 'a'", "FR157", "${{X}}"),
        ("'a' != ${{FIVE}}", "FR157", "${{FIVE}}"),
        ("${{VERSION}} == 1", "FR157", "${{VERSION}}"),
        ("includes(${{X}}, 'a')", "FR157", "${{X}}"),
        ("steps.my-step.result == 'success'", "FR158", "my-step"),
        ("my-var == 'x'", "FR158", "my-var"),
        ("BRANCH === 'x'", "FR159", "==="),
        ("'false'", "FR160", "'false'"),
        ("1 + 1 == 2", "FR160", "1 + 1 == 2"),
        ("'${{RUN}}'", "FR161", "'${{RUN}}'"),
        ("CF_BRANCH", "FR161", "CF_BRANCH"),
        ("1 / 0 == 1", "FR162", "1 / 0"),
        ("Number('${{BRANCH}}') > 1", "FR162", "Number('${{BRANCH}}')"),
        ("build", "FR162", "build"),
        ("match('${{X}}', '(?=a)', true)", "FR163", "'(?=a)'"),
    ],
)
def test_mistake_is_found_at_its_place(value: str, code: str, place: str) -> None:
    assert mistakes_of(value) == [(code, place)]


@pytest.mark.parametrize(("value", "place", "message"), UNREADABLE)
def test_text_that_is_no_expression_is_told_of(value: str, place: str, message: str) -> None:
    (found,) = check_condition(text(value), SCOPE)

    assert (found.code, found.severity) == ("FR150", Severity.WARNING)
    assert found.message == f"{message}, so the condition counts as false"
    assert part(value, found) == place


def test_condition_that_is_too_long_is_an_error() -> None:
    (found,) = check_condition(text("a" * 12_001), SCOPE)

    assert (found.code, found.severity) == ("FR150", Severity.ERROR)


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "false",
        "'${{CF_BRANCH}}' == 'master'",
        'includes("${{CF_COMMIT_MESSAGE}}", "[skip]") == false',
        "includes('${{X}}', '{{X}}') == true",
        "match('${{CF_BRANCH}}', '^release-', true) && !false",
        "steps.build.result == 'failure' || build.status == 'skipped'",
        "Member(Variable('my-step'), 'result') == 'success'",
        "workflow.result == 'pending-approval'",
        "${{X}} && true",
        "${{FIVE}} > 4",
        "'${{steps.build.result}}' == 'success'",
        "build.output.result == 'finished'",
        "CF_BRANCH.length > EVENT_NAME.length",
        "Number('${{FIVE}}') >= 5",
        "a_CF_OUTPUT_URL == 'x'",
        "match('a', '${{NEW}}', true)",
        "Member(steps, CF_BRANCH) == 'x'",
        "Variable(CF_BRANCH) == 'x'",
    ],
)
def test_condition_without_mistakes_is_let_alone(value: str) -> None:
    assert mistakes_of(value) == []


@pytest.mark.parametrize(
    ("value", "help"),
    [
        ("upperr('a') == 'A'", 'did you mean "upper"?'),
        ("steps.biuld.result == 'success'", 'did you mean "build"?'),
        ("steps.build.result == 'failed'", 'did you mean "failure"?'),
        ("master == BRANCH", "put quotes around it if it is text"),
        ("${{X}} == 'a'", 'write "${{X}}", quotes included'),
        ("steps.my-step.result == 'success'", 'write `Member(steps, "my-step.result")`'),
        ("my-var == 'x'", 'write `Variable("my-var")`'),
        ("'false'", "write it without quotes"),
        ("a and b", "write `&&`"),
    ],
)
def test_mistake_comes_with_a_way_out(value: str, help: str) -> None:
    assert [found.help for found in check_condition(text(value), SCOPE)] == [help]


@pytest.mark.parametrize(("value", "_"), VALUES)
def test_every_expression_of_the_language_can_be_checked(value: str, _: object) -> None:
    assert all(found.severity is Severity.WARNING for found in check_condition(text(value), SCOPE))


@given(TREES, st.sampled_from(["5", "true", "a", "'a'", ""]))
@settings(max_examples=300, deadline=None)
def test_what_the_check_says_is_what_the_run_does(tree: Expression, value: str) -> None:
    written = printed(tree)
    scope = Scope(step_types=dict.fromkeys(STEPS, "freestyle"), variables={"X": value})

    found = list(check_condition(text(written), scope))

    condition = named_conditions(
        [NamedExpression(name=text("entry"), expression=text(written))], None, Templates(scope)
    )
    holds = evaluate_condition(condition, Known({"X": value})).holds
    assert not (holds and any("counts as false" in each.message for each in found))
    assert holds or not any("always true" in each.message for each in found)


@pytest.mark.parametrize(
    "value", ["-" + "a" * 11_000, "a-" * 5_999 + "a", "1 + 1 - " * 1_400 + "1"]
)
def test_check_of_a_long_condition_has_an_end(value: str) -> None:
    started = time.perf_counter()

    assert mistakes_of(value)

    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("/(?!x)/", "FR163"),
        ("/a/q", "FR163"),
        ("/(/", "FR163"),
        ("/a", "FR163"),
        ("feature/*", "FR164"),
        ("^release", "FR164"),
    ],
)
def test_branch_pattern_that_cannot_fit_is_told_of(pattern: str, code: str) -> None:
    assert [found.code for found in check_branch_pattern(text(pattern), SCOPE)] == [code]


@pytest.mark.parametrize("pattern", ["master", "feature/x", "/^x$/i", "/${{X}}/", "${{BRANCH}}"])
def test_branch_pattern_that_can_fit_is_let_alone(pattern: str) -> None:
    assert list(check_branch_pattern(text(pattern), SCOPE)) == []
