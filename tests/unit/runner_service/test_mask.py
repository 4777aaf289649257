"""Secrets are hidden wherever the output is cut, and nothing else is touched."""

import base64
import math
import random
import string
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_service.encodings import encoded_forms, plain_forms
from runner_service.mask import Mask, MaskedStream

KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQ\nEA7bq+/98ZkQ==\n-----END KEY-----\n"
ALPHABET = "ab \n+/"
"""So few characters that secrets overlap, contain each other and begin anywhere."""
SECRETS = st.lists(st.text(ALPHABET, min_size=1, max_size=6), max_size=4)


def through(mask: Mask, chunks: Iterable[bytes]) -> bytes:
    stream = MaskedStream(mask)
    return b"".join([*map(stream.feed, chunks), stream.flush()])


def expected(data: bytes, secrets: Iterable[str]) -> bytes:
    """Say the rule as plainly as possible: what belongs to an occurrence goes."""
    spans = [
        (start, start + len(form))
        for secret in secrets
        for form in plain_forms(secret) | encoded_forms(secret)
        for start in range(len(data) - len(form) + 1)
        if data.startswith(form, start)
    ]
    shown, end = b"", 0
    for start, stop in sorted(spans):
        if start >= end:
            shown += data[end:start] + b"****"
        end = max(end, stop)
    return shown + data[end:]


@pytest.mark.parametrize("cut", range(len(b"say hunter2 now") + 1))
def test_secret_is_hidden_wherever_the_chunk_ends(cut: int) -> None:
    data = b"say hunter2 now"

    shown = through(Mask(["hunter2"]), [data[:cut], data[cut:]])

    assert shown == b"say **** now"


@pytest.mark.parametrize(
    ("secrets", "data", "shown"),
    [
        (["hunter", "hunter2"], "hunter2 hunter", "**** ****"),
        (["two words"], "two\\ words and two words", "**** and ****"),
        (["-----BEGIN\nabcdef\n}"], "abcdef\n}", "****\n}"),
        (["-----BEGIN\nabcdef\n}"], "-----BEGIN\nabcdef\n}", "****"),
        (["abcd", "cdef"], "abcdef", "****"),
        (["abcd"], "abcdabcd", "********"),
        (["abcd\r\nefgh\r\n"], "efgh abcd", "**** ****"),
        ([" padded "], "padded", "****"),
        (["x"], "an axe", "an a****e"),
        (["key:\n    \nvalue"], "key:\n    indented", "****\n    indented"),
        ([""], "abc", "abc"),
    ],
)
def test_plain_forms_are_hidden(secrets: list[str], data: str, shown: str) -> None:
    assert Mask(secrets).hide_text(data) == shown


@pytest.mark.parametrize(
    ("secret", "data", "shown"),
    [
        ("p@ss?>word", "cEBzcz8+d29yZA==", "****"),
        ("p@ss?>word", "cEBzcz8-d29yZA", "****"),
        ("p@ss?>word", "auth: dXNlcjpwQHNzPz53b3Jk", "auth: dXNlcjp****"),
        ("p@ss?>word", "auth: bWU6cEBzcz8-d29yZCEh", "auth: bWU6****CEh"),
        ("p@ss w/rd", "https://me:p%40ss%20w%2Frd@host", "https://me:****@host"),
        ("p@ss w/rd", "p%40ss%20w%2frd p%40ss+w%2Frd p%40ss%20w/rd", "**** **** ****"),
        ('say "hi"\\é', r'{"a": "say \"hi\"\\é", "b": "say \"hi\"\\\u00e9"}',
         '{"a": "****", "b": "****"}'),
        ("a<b>&c", r'"a\u003cb\u003e\u0026c"', '"****"'),
        ("ab/cd", r'"ab\/cd"', '"****"'),
        ("two\nlines", r'"two\nlines"', '"****"'),
    ],
)  # fmt: skip
def test_encoded_forms_are_hidden(secret: str, data: str, shown: str) -> None:
    assert Mask([secret]).hide_text(data) == shown


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
def test_base64_of_a_secret_hides_all_but_what_neighbours_share_bits_with(
    before: str, after: str
) -> None:
    encoded = base64.b64encode(f"{before}correct-horse{after}".encode()).decode()
    first = math.ceil(8 * len(before) / 6)
    end = 8 * len(f"{before}correct-horse") // 6 if after else len(encoded)

    shown = Mask(["correct-horse"]).hide_text(encoded)

    assert shown == f"{encoded[:first]}****{encoded[end:]}"


def test_lines_of_a_secret_are_hidden_in_every_form() -> None:
    mask = Mask([KEY])

    assert mask.hide(b"MIIEpAIBAAKCAQ\nEA7bq%2B%2F98ZkQ%3D%3D") == b"****\n****"


def test_long_secret_is_hidden_piece_by_piece_and_holds_back_little() -> None:
    secret = "".join(random.Random(1).choices(string.ascii_letters, k=10_000))
    mask = Mask([secret])
    stream = MaskedStream(mask)

    shown = sum(len(stream.feed(secret[begin:][:100].encode())) for begin in range(0, 10_000, 100))

    assert set(mask.hide_text(f"<{secret}>")) == {"<", "*", ">"}
    assert shown == 4 * 10  # a piece at a time
    assert stream.flush() == b""


def test_secret_added_later_is_hidden_from_then_on() -> None:
    mask = Mask()
    stream = MaskedStream(mask)

    before = stream.feed(b"hunter2 ")
    mask.add("hunter2")
    after = stream.feed(b"hunter2")

    assert (before, after) == (b"hunter2 ", b"****")


@pytest.mark.parametrize("output", [b"step 1 of 2\n", b"hunter\n", b"-----BEGIN\n"])
def test_output_that_begins_no_secret_is_not_held_back(output: bytes) -> None:
    assert MaskedStream(Mask(["hunter2", KEY])).feed(output) == output


def test_bytes_that_are_no_text_are_kept() -> None:
    data = bytes(range(256)) * 3

    assert through(Mask(["hunter2"]), [data[:300], data[300:]]) == data


def test_secret_that_is_no_text_is_hidden() -> None:
    secret = b"\xff\xfe\x00secret\x80".decode(errors="surrogateescape")

    assert Mask([secret]).hide(b"<\xff\xfe\x00secret\x80>") == b"<****>"


def test_encodings_of_many_large_secrets_are_bounded() -> None:
    secrets = [chr(ord("a") + index) * 60_000 for index in range(5)]
    mask = Mask(secrets)

    assert mask.hide_text(secrets[4]).strip("*") == ""
    assert mask.hide_text("b" * 60_000 + "!").endswith("*!")


@given(SECRETS, st.text(ALPHABET, max_size=30))
def test_every_byte_of_every_occurrence_goes_and_nothing_else(
    secrets: list[str], text: str
) -> None:
    assert Mask(secrets).hide_text(text) == expected(text.encode(), secrets).decode()


@given(SECRETS, st.lists(st.text(ALPHABET, max_size=8), max_size=8))
def test_how_output_is_cut_makes_no_difference(secrets: list[str], chunks: list[str]) -> None:
    mask = Mask(secrets)
    pieces = [chunk.encode() for chunk in chunks]

    assert through(mask, pieces) == mask.hide(b"".join(pieces))


@given(st.lists(st.binary(max_size=12), max_size=8), st.text(min_size=1, max_size=6))
def test_any_bytes_are_masked_as_if_they_were_whole(chunks: list[bytes], secret: str) -> None:
    whole = b"".join(chunks)

    assert through(Mask([secret]), chunks) == expected(whole, [secret])
