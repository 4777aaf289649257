"""YAML with exact places: lines and columns count from 1, in code points."""

from compiler.diagnostics import Findings
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


def test_a_merge_lays_keys_under_those_that_stand_there() -> None:
    text = "one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: 2}\nall: {<<: [*one, *two], a: 0}\n"
    merged = mapping(text).entries[2].value

    assert isinstance(merged, Mapping)
    values = {e.key.text: e.value.text for e in merged.entries if isinstance(e.value, Scalar)}
    assert values == {"a": "0", "b": "1", "c": "2"}


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


def test_an_alias_of_what_it_is_part_of_is_refused() -> None:
    assert read("a: &x [*x]\n")[1] == ("FR105",)


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
