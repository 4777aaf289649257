"""Every character of a scalar is found where it is written."""

import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compiler.diagnostics import Findings
from compiler.source import Position, Source, Span
from compiler.syntax.nodes import Mapping, Scalar, Sequence
from compiler.syntax.yaml_reader import read_yaml

_BREAKS = "\n\r\x85\u2028\u2029"
_DROPPED = re.compile(rf"(?:[ \t{_BREAKS}]|\\(?=[{_BREAKS}]))*")
"""What may stand between two characters of a value and be none: blanks, breaks, escaped breaks."""
_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v"} | {
    **{"f": "\f", "r": "\r", "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\"},
    **{"N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"},
}
_WORDS = st.sampled_from(("a", "bc", "é", "🎉", "#", "-", "''", " ", "  ", "\t", ",", "x y"))
_ESCAPED = st.sampled_from(
    [f"\\{sign}" for sign in _ESCAPES] + ["\\x41", "\\u00e9", "\\U0001F389", "\\\n", "\\\n\n"]
)
_LINE = st.lists(_WORDS, max_size=5).map("".join)
_QUOTED_LINE = st.lists(_WORDS | _ESCAPED, max_size=5).map("".join)
_LINE_BREAKS = st.sampled_from(("\n", "\n", "\n", "\r\n", "\r", "\x85", "\u2028"))
_PROPERTIES = st.sampled_from(("", "", "!!str ", "&anchor ", "&a !!str ", "&a\n    "))


def scalar_in(text: str) -> tuple[Scalar, Source] | None:
    """Return the scalar at the bottom of a text; None: it is no valid YAML."""
    findings = Findings()
    source = Source("f.yml", text, text.encode())
    node = read_yaml(source, findings)
    while isinstance(node, Mapping | Sequence):
        node = node.entries[0].value if isinstance(node, Mapping) else node.items[0]
    return (node, source) if node and not findings.has_errors else None


def raw(source: Source, span: Span) -> str:
    return source.text[source.index(span.start) : source.index(span.end)]


def assert_every_character_is_found(scalar: Scalar, source: Source) -> None:
    at = 0
    for index, character in enumerate(scalar.text):
        span = scalar.part(index, index + 1)
        start, end = source.index(span.start), source.index(span.end)
        if index and scalar.part(index - 1, index) != span:
            assert start >= at, (index, scalar.text, source.text)
            assert _DROPPED.fullmatch(source.text, at, start), (index, scalar.text, source.text)
        assert means(source.text[start:end], character), (index, scalar.text, source.text)
        at = end


def means(written: str, character: str) -> bool:
    """Whether `written` stands for a character of a value."""
    if written == character:
        return True
    if written == "''":
        return character == "'"
    if re.fullmatch(r"\\x..|\\u.{4}|\\U.{8}", written):
        return chr(int(written[2:], 16)) == character
    if len(written) == 2 and written[0] == "\\" and written[1] not in _BREAKS:
        return _ESCAPES[written[1]] == character
    return character in f" {_BREAKS}" and _DROPPED.fullmatch(written) is not None


@st.composite
def scalars(draw: st.DrawFn, line: st.SearchStrategy[str], form: str) -> str:
    """Draw a text with one scalar of a form, nested and over several lines."""
    lines = draw(st.lists(line, min_size=1, max_size=5))
    body = form.format("\n      ".join(lines))
    text = f"a:\n  - b:\n      {draw(_PROPERTIES)}{body}\n"
    return text.replace("\n", draw(_LINE_BREAKS))


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """Draw a text with one block scalar, with all kinds of headers and ends."""
    style, chomp = draw(st.sampled_from("|>")), draw(st.sampled_from(("", "-", "+")))
    indicator, comment = draw(st.sampled_from(("", "2"))), draw(st.sampled_from(("", " # note")))
    lines = draw(st.lists(st.lists(_WORDS, max_size=4).map("".join), max_size=6))
    blank = st.sampled_from(("", " ", "  ", "    "))
    body = "".join(f"    {each}\n" if each else f"{draw(blank)}\n" for each in lines)
    end = draw(st.sampled_from(("", "\n", "\n\n", "    x", "  c: d\n", "# note\n")))
    text = f"a:\n  b: {draw(_PROPERTIES)}{style}{indicator}{chomp}{comment}\n{body}{end}"
    return text.replace("\n", draw(_LINE_BREAKS))


@given(
    scalars(_LINE, "p{}")
    | scalars(_LINE, "'{}'")
    | scalars(_QUOTED_LINE, '"{}"')
    | scalars(_LINE, "[p{}]")
    | blocks()
)
def test_every_character_has_its_place(text: str) -> None:
    read = scalar_in(text)
    assume(read)

    assert read
    assert_every_character_is_found(*read)


@given(st.text(alphabet=st.characters(codec="utf-8", max_codepoint=0xFFFF)))
def test_every_character_of_an_escaped_string_has_its_place(text: str) -> None:
    read = scalar_in(f"a: {json.dumps(text)}")

    assert read
    assert read[0].text == text
    assert_every_character_is_found(*read)


@pytest.mark.parametrize(
    ("text", "part", "place"),
    [
        ("k: ab${{X}}", "${{X}}", (1, 6, 1, 12)),
        ("k: 'it''s ${{X}}'", "${{X}}", (1, 11, 1, 17)),
        ("k: 'it''s'", "'", (1, 7, 1, 9)),
        ('k: "\\u00e9 ${{X}}"', "${{X}}", (1, 12, 1, 18)),
        ('k: "a\\\n  b ${{X}}"', "b", (2, 3, 2, 4)),
        ("k: one\n  two\n\n  three", "three", (4, 3, 4, 8)),
        ("k: one\n  two", "e t", (1, 6, 2, 4)),
        ("k: |2-\n   a\n  b\n", " a\nb", (2, 3, 3, 4)),
        ("k: >\r\n  a\r\n  b\r\n", "b", (3, 3, 3, 4)),
        ("k: !!str &a |\n  a\n  b\n", "b", (3, 3, 3, 4)),
        ("k: &a # note\n  b", "b", (2, 3, 2, 4)),
    ],
)
def test_a_part_has_its_place(text: str, part: str, place: tuple[int, int, int, int]) -> None:
    read = scalar_in(text)

    assert read
    start = read[0].text.index(part)
    span = Span(Position(*place[:2]), Position(*place[2:]))
    assert read[0].part(start, start + len(part)) == span


def test_no_characters_have_a_place_between_two() -> None:
    read = scalar_in("k: 'ab'")

    assert read
    assert [read[0].part(at, at).start.column for at in (0, 1, 2)] == [5, 6, 7]
    assert read[0].part(2, 2).end.column == 7


def test_what_was_made_up_has_no_parts() -> None:
    place = Span(Position(1, 2), Position(3, 4))

    assert Scalar("text", "text", place).part(1, 2) == place
