"""What is quoted of a registry's answer."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from freshet.distribution.words import Answer, Redactor, in_one_line, words_of

NOTHING = Redactor("", ())


def answer(body: str, kind: str = "application/json", *, foreign: bool = False) -> Answer:
    return Answer(status=401, headers={"content-type": kind}, body=body.encode(), foreign=foreign)


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        (answer('{"errors": [{"code": "DENIED", "message": "no way"}]}'), "no way"),
        (answer('{"errors": [{"code": "DENIED"}]}'), "DENIED"),
        (answer('{"errors": ["x", {"message": "no way"}]}'), "no way"),
        (answer('{"errors": [], "details": "no way"}'), "no way"),
        (answer('{"error": "invalid", "error_description": "no way"}'), "no way"),
        (answer('{"errors": 7, "message": 7, "code": "DENIED"}'), "DENIED"),
        (answer("no\n way\x1b[31m", "text/plain; charset=utf-8"), "no way [31m"),
        (answer("no way", "text/plain", foreign=True), ""),
        (answer('{"access_key": "AKIA"}', foreign=True), ""),
        (answer('{"details": "no way"}', foreign=True), "no way"),
        (answer("<h1>no way</h1>", "text/html"), ""),
        (answer("[" * 100_000), ""),
        (answer(""), ""),
    ],
)
def test_words_are_those_of_the_error(given_: Answer, words: str) -> None:
    assert words_of(given_, NOTHING) == (f"HTTP 401: {words}" if words else "HTTP 401")


def test_codes_are_those_of_the_protocol() -> None:
    body = '{"errors": [{"code": "NAME_UNKNOWN"}, {"code": 7}, 7]}'

    assert answer(body).error_codes == ("NAME_UNKNOWN",)


@given(st.text(min_size=3, max_size=60), st.integers(0, 400), st.integers(0, 3))
def test_secret_is_in_no_words_however_it_is_written(secret: str, before: int, way: int) -> None:
    pair = base64.b64encode(f"ann:{secret}".encode()).decode()
    written = (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], pair)[way]
    assume(written not in "." * 500 + "HTTP 401: ***")
    text = "." * before + written

    told = words_of(answer(text, "text/plain"), Redactor("ann", [secret]))

    assert written not in told
    assert not before or " ".join(written.split())[:20] not in told.removeprefix("HTTP 401: ")


def test_line_of_a_key_file_is_a_secret() -> None:
    keyfile = '{\n  "private_key": "MIIEvQIBADANBg",\n  "type": "x"\n}'

    told = Redactor("_json_key", [keyfile])('it had "private_key": "MIIEvQIBADANBg", in it }')

    assert told == "it had *** in it }"


def test_line_is_cut_where_it_is_too_long() -> None:
    assert in_one_line("a" * 10, 10) == "a" * 10
    assert in_one_line("a" * 11, 10) == "a" * 9 + "…"
