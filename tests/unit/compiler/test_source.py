"""Texts, their lines and places in them."""

import pytest

from compiler.source import Position, Source


def source(text: str) -> Source:
    return Source("f.yml", text, text.encode())


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_lines_come_without_their_ends(line_break: str) -> None:
    text = source(f"one{line_break}{line_break}three")

    assert [text.line(number, 99) for number in (1, 2, 3)] == ["one", "", "three"]


def test_no_more_of_a_line_comes_than_was_asked_for() -> None:
    assert source("abcdef\nx").line(1, 3) == "abc"


def test_the_end_is_behind_the_last_character() -> None:
    assert source("ab\né").end == Position(2, 2)
    assert source("ab\n").end == Position(2, 1)
    assert source("").end == Position(1, 1)
