"""Trees of conditions."""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from compiler.syntax.condition_parser import parse
from compiler.syntax.condition_tree import (
    MAX_DEPTH,
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
from compiler.syntax.plain_conditions import read_plain
from compiler.syntax.templates import Hole
from tests.conditions.printing import printed, without_places
from tests.conditions.rows import UNREADABLE
from tests.conditions.trees import TREES

_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_parts_know_their_places() -> None:
    text = " (steps.a.result) == 'x' && !b"

    tree = parse_condition(text)

    assert isinstance(tree, Operation)
    comparison, negation = tree.operands
    assert isinstance(comparison, Operation)
    assert [text[each.start : each.end] for each in (tree, comparison, negation)] == [
        "(steps.a.result) == 'x' && !b",
        "(steps.a.result) == 'x'",
        "!b",
    ]
    assert [text[each.start : each.end] for each in comparison.operands] == [
        "(steps.a.result)",
        "'x'",
    ]
    assert text[tree.operator_start :] == "&& !b"


def test_chain_of_one_operator_is_one_operation() -> None:
    assert without_places(parse_condition("a || b || c && d && e")) == operation(
        "||", name("a"), name("b"), operation("&&", name("c"), name("d"), name("e"))
    )


def test_operators_of_one_level_are_taken_from_the_left() -> None:
    assert without_places(parse_condition("a - b - c + d")) == operation(
        "+", operation("-", name("a"), name("b"), name("c")), name("d")
    )


@pytest.mark.parametrize("text", ["f(a, b)", "f(a b)", "f( a,b )"])
def test_commas_between_arguments_may_be_left_out(text: str) -> None:
    call = Call(function="f", arguments=(name("a"), name("b")), start=0, end=0)

    assert without_places(parse_condition(text)) == call


def test_brackets_around_a_word_are_those_of_a_member() -> None:
    member = Member(object=name("a"), name="b", start=0, end=0)

    assert without_places(parse_condition("a[b]")) == member
    assert without_places(parse_condition("a.b")) == member


def test_holes_stay_holes() -> None:
    hole = Hole(("X",), "${{X}}")

    assert parse_condition('"a${{X}}"') == Quoted(parts=("a", hole), start=0, end=9)
    assert parse_condition("1${{X}}.5") == Unquoted(parts=("1", hole, ".5"), start=0, end=9)


def test_quote_in_a_hole_does_not_end_the_string() -> None:
    assert isinstance(parse_condition("'${{it's}}'"), Quoted)


@pytest.mark.parametrize("text", ["", "  ", ";", ",;\n"])
def test_empty_condition_is_false(text: str) -> None:
    assert parse_condition(text) == Literal(value=False, start=0, end=0)


@pytest.mark.parametrize(("text", "place", "message"), UNREADABLE)
def test_mistake_is_told_at_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(ConditionError) as raised:
        parse_condition(text)

    assert raised.value.message == message
    assert text[raised.value.start : raised.value.end] == place


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "1" + ")" * 5_000,
        "(" * 12_000,
        "!" * 11_999 + "1",
        "-" * 12_000,
        "1+" * 5_999 + "1",
        "1-1+" * 2_999 + "1",
        "1+(" * 2_900 + "1" + ")" * 2_900,
        "a." * 5_999 + "a",
        "f(" * 3_000 + ")" * 3_000,
        "a[" * 3_000 + "b" + "]" * 3_000,
        "${{" * 4_000,
        "'" + "${{" * 3_999,
        "'" + "${{a}}" * 1_999,
        "a.${{" * 2_000,
        "'" + "\\" * 11_999,
        "9" * 12_000,
        "1e" * 6_000,
        "a " * 6_000,
        "=" * 12_000,
        "a" * 12_001,
    ],
)
def test_reading_has_an_end(text: str) -> None:
    started = time.perf_counter()

    judged(text)

    assert time.perf_counter() - started < 2


_WORDS = st.sampled_from(
    [
        *(
            "a",
            "5",
            "1.5e3",
            "'x'",
            '"',
            "'",
            "${{X}}",
            "${{",
            "}}",
            "(",
            ")",
            "[",
            "]",
            ",",
            ";",
            ".",
        ),
        *(
            "==",
            "===",
            "!",
            "&&",
            "||",
            "|",
            "-",
            "~",
            "?",
            ":",
            " ",
            "\n",
            "true",
            "this",
            "é",
            "\\",
        ),
    ]
)


@given(st.text(max_size=40) | st.lists(_WORDS, max_size=20).map("".join))
@example("\x00")
def test_any_text_gives_a_tree_or_the_place_of_a_mistake(text: str) -> None:
    judged(text)


def judged(text: str) -> None:
    try:
        tree: Expression = parse_condition(text)
    except ConditionError as error:
        assert 0 <= error.start <= error.end <= len(text)
        assert error.message
    else:
        assert 0 <= tree.start <= tree.end <= len(text)


@given(TREES)
@settings(deadline=None)
def test_printed_tree_reads_as_itself(tree: Expression) -> None:
    assert repr(without_places(parse_condition(printed(tree)))) == repr(tree)


def test_deepest_tree_is_read() -> None:
    assert parse_condition("!" * (MAX_DEPTH - 1) + "a")


def test_plain_conditions_need_no_lark() -> None:
    program = (
        "import sys\n"
        "from compiler.syntax.conditions import parse_condition\n"
        "parse_condition(\"'${{CF_BRANCH}}' == 'master' && steps.a.result != 'failure'\")\n"
        "raise SystemExit('lark' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], env=_ENVIRONMENT).returncode == 0


_PLAIN_WORDS = st.sampled_from(
    [
        *("a", "end", "steps.b.result", "'x'", '"${{X}}"', "'${{it's}}'", "'${{a\\b}}'", "'\\''"),
        *("'${{'", "'\\${{X}}'", "'\\n'", "f(", ",", ")", "==", "!=", "===", "!", "&&", "||", "."),
        *(" ", "true", "this", "null", "1"),
    ]
)


@given(st.lists(_PLAIN_WORDS, max_size=12).map("".join))
@settings(max_examples=500, deadline=None)
def test_plain_conditions_are_read_as_the_grammar_reads_them(text: str) -> None:
    plain = read_plain(text)

    assert plain is None or repr(plain) == repr(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "'${{CF_BRANCH}}' == 'master'",
        'includes(lower("${{X}}"), "skip") == false && !match(\'a\', "b\\\\.", true)',
        "steps.a.result == 'failure' || workflow.result == 'failure' || f()",
        "true",
    ],
)
def test_what_most_pipelines_have_is_plain(text: str) -> None:
    assert repr(read_plain(text)) == repr(parse(text))


def name(text: str) -> Name:
    return Name(name=text, start=0, end=0)


def operation(operator: str, *operands: Expression) -> Operation:
    return Operation(operator=operator, operands=operands, operator_start=0, start=0, end=0)
