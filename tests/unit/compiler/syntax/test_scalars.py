"""Plain scalars are what js-yaml 4 says they are."""

import math

import pytest

from compiler.syntax.scalars import resolve


@pytest.mark.parametrize(
    "text",
    [
        *("on", "off", "yes", "no", "y", "n", "ON", "tRue", "nULL"),
        *("1.2.3", "1_", "-", "+", ".", "1e", "0b2", "0xg", "12:30:45", "2024-01-01", "v1"),
        *("-.5", "+.5", "._", "._e5", ".iNF", "+.nan", "Nope", "nul", "truer", "1__", "0x", "++1"),
    ],
)
def test_what_yaml_1_1_would_read_otherwise_stays_a_string(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("true", True), ("FALSE", False), ("~", None), ("Null", None), ("", None)),
        *(("1.10", 1.1), ("1.0", 1.0), ("3", 3), ("-3", -3), ("010", 10), ("1_000", 1000)),
        *(("0x1F", 31), ("0o17", 15), ("0b101", 5), ("-0x10", -16), ("1e3", 1000.0), (".5", 0.5)),
        *((".inf", math.inf), ("-.INF", -math.inf)),
    ],
)
def test_core_schema_values_have_their_types(text: str, value: object) -> None:
    read = resolve(text)

    assert read == value
    assert type(read) is type(value)


def test_not_a_number_is_a_number() -> None:
    read = resolve(".nan")

    assert isinstance(read, float)
    assert math.isnan(read)
