"""YAML with exact places: lines and columns count from 1, in code points."""

import time

import pytest

from compiler.diagnostics import Findings, TooManyErrors
from compiler.source import Position, Source, Span
from compiler.syntax.nodes import Mapping, Node, Scalar, Sequence
from compiler.syntax.yaml_reader import read_yaml


def read(text: str) -> tuple[Node | None, tuple[str, ...]]:
    findings = Findings()
    node = read_yaml(Source("f.yml", text, text.encode()), findings)
    return node, tuple(each.code for each in findings.in_order())


def mapping(text: str) -> Mapping:
    node, codes = read(text)
    assert not codes
    assert isinstance(node, Mapping)
    return node


def span(line: int, column: int, end_line: int, end_column: int) -> Span:
    return Span(Position(line, column), Position(end_line, end_column))


def test_keys_and_values_have_exact_places() -> None:
    entry = mapping("\nkey: 'välue' # note\n").entries[0]

    assert entry.key.span == span(2, 1, 2, 4)
    assert entry.value.span == span(2, 6, 2, 13)


@pytest.mark.parametrize("text", ["---\n ", "---\n# nothing", "---\n  \n "])
def test_empty_document_stands_in_the_text(text: str) -> None:
    node, codes = read(text)

    assert node is not None and not codes
    assert node.span.end <= Source("f.yml", text, text.encode()).end


def test_columns_count_code_points_not_bytes() -> None:
    entry = mapping("{ä🎉: x}").entries[0]

    assert entry.value.span == span(1, 6, 1, 7)


def test_a_block_collection_ends_where_its_last_value_ends() -> None:
    entry = mapping("a:\n  - x\n  - y\n\n\nb: 1\n").entries[0]

    assert isinstance(entry.value, Sequence)
    assert entry.value.span == span(2, 3, 3, 6)


def test_every_line_break_of_yaml_counts() -> None:
    entries = mapping("a: 1\rb: 2\r\nc: 3\u2028d: 4").entries

    assert [entry.key.span.start.line for entry in entries] == [1, 2, 3, 4]


def test_quotes_and_tags_make_strings() -> None:
    entries = mapping("a: '1'\nb: \"true\"\nc: !!str 3\nd: 3\n").entries

    values = [entry.value.value for entry in entries if isinstance(entry.value, Scalar)]
    assert values == ["1", "true", "3", 3]


def test_a_tag_before_a_value_of_another_type_is_refused() -> None:
    assert read("a: !!int x\nb: !!map []\nc: !!str {}\nd: !!seq 1\n")[1] == ("FR108",) * 4


def test_a_block_scalar_at_the_end_ends_its_last_line() -> None:
    entry = mapping("a: |\n  x").entries[0]

    assert isinstance(entry.value, Scalar)
    assert entry.value.text == "x\n"
    assert entry.value.span == span(1, 4, 2, 4)
    assert entry.value.part(0, 1) == span(2, 3, 2, 4)


def test_a_merge_lays_keys_under_those_that_stand_there() -> None:
    text = "one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: 2}\nall: {<<: [*one, *two], a: 0}\n"
    merged = mapping(text).entries[2].value

    assert isinstance(merged, Mapping)
    values = {e.key.text: e.value.text for e in merged.entries if isinstance(e.value, Scalar)}
    assert values == {"a": "0", "b": "1", "c": "2"}


def test_merged_keys_stand_where_the_merge_stands_and_give_way() -> None:
    merged = mapping("a: &a {x: 1, y: 2}\nb: {w: 0, <<: *a, y: 3, z: 4}\n").entries[1].value

    assert isinstance(merged, Mapping)
    values = [(e.key.text, e.value.text) for e in merged.entries if isinstance(e.value, Scalar)]
    assert values == [("w", "0"), ("x", "1"), ("y", "3"), ("z", "4")]


def test_a_merged_key_gives_way_once() -> None:
    assert read("a: &a {x: 1}\nb: {<<: *a, x: 2, x: 3}\n")[1] == ("FR102",)


def test_an_entry_is_found_by_its_key() -> None:
    document = mapping("a: 1\nb: 2\n")

    found = document.get("b")
    assert found is document.entries[1]
    assert document.get("c") is None


def test_an_anchor_may_be_defined_again() -> None:
    entries = mapping("a: &x 1\nb: *x\nc: &x 2\nd: *x\n").entries

    assert [e.value.text for e in entries if isinstance(e.value, Scalar)] == ["1", "1", "2", "2"]


def test_the_same_key_twice_shows_both_places() -> None:
    findings = Findings()
    read_yaml(Source("f.yml", "a: 1\nb: 2\na: 3\n", b""), findings)

    (mistake,) = findings.in_order()
    assert mistake.code == "FR102"
    assert mistake.span == span(3, 1, 3, 2)
    assert mistake.related[0].span == span(1, 1, 1, 2)


def test_braces_in_braces_are_no_key() -> None:
    findings = Findings()
    read_yaml(Source("f.yml", "image: {{NAME}}\n", b""), findings)

    (mistake,) = findings.in_order()
    assert mistake.code == "FR112"
    assert mistake.span == span(1, 9, 1, 15)
    assert "${{NAME}}" in mistake.help


def test_an_alias_of_what_it_is_part_of_is_refused() -> None:
    assert read("a: &x [*x]\n")[1] == ("FR105",)


def test_what_aliases_repeat_is_bounded() -> None:
    lists = "".join(f"- &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))

    assert read(f"- &l0 x\n{lists}")[1] == ("FR104",)


def test_many_values_need_no_aliases_to_be_fine() -> None:
    assert read(f"- &a x\n- *a\n- [{'x,' * 210_000}]\n")[1] == ()


def test_depth_is_bounded() -> None:
    assert read("[" * 100 + "]" * 100)[1] == ()
    assert read("[" * 101 + "]" * 101)[1] == ("FR103",)


def test_a_forbidden_character_is_shown_where_it_is() -> None:
    findings = Findings()
    read_yaml(Source("f.yml", "äöü: \x07", b""), findings)

    assert findings.in_order()[0].span.start == Position(1, 6)


def test_a_second_document_is_refused_and_not_left_unread() -> None:
    node, codes = read("---\na: 1\n---\nb: 2\n")

    assert isinstance(node, Mapping)
    assert [entry.key.text for entry in node.entries] == ["a"]
    assert codes == ("FR107",)


def test_a_mistake_behind_the_document_is_told() -> None:
    assert read("a: 1\n...\n}")[1] == ("FR101",)


def test_the_tags_of_the_core_schema_make_types() -> None:
    entries = mapping("a: !!int '3'\nb: ! 3\nc: !!map {}\nd: !!seq []\ne: !!bool 'true'\n").entries

    values = [entry.value.value for entry in entries if isinstance(entry.value, Scalar)]
    assert values == [3, "3", True]


def test_other_tags_are_refused() -> None:
    assert read("a: !mine 3\nb: !mine {}\n")[1] == ("FR108", "FR108")


@pytest.mark.parametrize(
    "text",
    [
        "[" + "a," * 500_000 + "]",
        "".join(f"a{n}: {{b: [c, d]}}\n" for n in range(50_000)),
        "a: 1\n" * 200_000,
        "".join(f"- &a{n} x\n- *a{n}\n" for n in range(60_000)),
        "- !x a\n" * 140_000,
        'a: "' + "\\x41" * 250_000 + '"',
        "a: '" + "\n x" * 300_000 + "'",
        "- " * 500_000,
        "? " * 500_000,
        "[" * 1_000_000,
        "\n" * 1_000_000,
        "a: " + "x" * 1_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_megabyte_is_read_in_time(text: str) -> None:
    findings = Findings()
    begin = time.process_time()

    try:
        read_yaml(Source("f.yml", text, b""), findings)
    except TooManyErrors:
        assert findings.has_errors

    assert time.process_time() - begin < 10  # a hang, not slowness, is what this finds
