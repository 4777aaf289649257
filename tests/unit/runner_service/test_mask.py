"""Secrets are hidden wherever the output is cut, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_service.mask import Mask, MaskedStream


def through(mask: Mask, chunks: list[bytes]) -> bytes:
    stream = MaskedStream(mask)
    return b"".join([*map(stream.feed, chunks), stream.flush()])


@pytest.mark.parametrize("cut", range(len(b"say hunter2 now") + 1))
def test_secret_is_hidden_wherever_the_chunk_ends(cut: int) -> None:
    data = b"say hunter2 now"

    shown = through(Mask(["hunter2"]), [data[:cut], data[cut:]])

    assert shown == b"say **** now"


def test_longest_secret_is_hidden_first() -> None:
    assert Mask(["hunter", "hunter2"]).hide(b"hunter2") == b"****"


def test_blanks_escaped_by_a_shell_are_hidden_too() -> None:
    assert Mask(["two words"]).hide(b"two\\ words and two words") == b"**** and ****"


def test_lines_of_a_secret_are_hidden_one_by_one() -> None:
    assert Mask(["-----BEGIN\nabcdef\n}"]).hide(b"abcdef\n}") == b"****\n}"


def test_empty_secret_hides_nothing() -> None:
    assert Mask([""]).hide(b"abc") == b"abc"


def test_secret_added_later_is_hidden_from_then_on() -> None:
    mask = Mask()
    stream = MaskedStream(mask)

    before = stream.feed(b"hunter2 ")
    mask.add("hunter2")
    after = stream.feed(b"hunter2")

    assert (before, after) == (b"hunter2 ", b"****")


def test_output_that_begins_no_secret_is_not_held_back() -> None:
    stream = MaskedStream(Mask(["hunter2"]))

    assert stream.feed(b"step 1 of 2\n") == b"step 1 of 2\n"


@given(st.lists(st.binary(max_size=12), max_size=8), st.text(min_size=1, max_size=6))
def test_no_secret_gets_through_and_other_bytes_stay(chunks: list[bytes], secret: str) -> None:
    mask = Mask([secret])
    whole = b"".join(chunks)

    shown = through(mask, chunks)

    assert shown == mask.hide(whole)
