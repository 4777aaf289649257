"""The types of plain YAML scalars, as js-yaml 4 reads them (YAML 1.2 core schema).

`on`, `yes` and `1.10.0` are strings; only what stands below has another type.
"""

from __future__ import annotations

import re

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_FIRST_OF_OTHERS = frozenset(("", *"~nNtTfF+-.0123456789"))
"""What a plain scalar begins with that is no string."""
_INTEGER = r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)"
_FLOAT = r"(?:[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?|\._*[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
_BASES = {"0b": 2, "0o": 8, "0x": 16}
_MAX_DIGITS = 4000  # Python refuses to read longer integers, js-yaml reads them as infinity


def resolve(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar."""
    if text[:1] not in _FIRST_OF_OTHERS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0].isalpha() or len(text) > _MAX_DIGITS or text.endswith("_"):
        return text
    digits = text.replace("_", "")
    if re.fullmatch(_INTEGER, text):
        return _integer(digits)
    if re.fullmatch(_FLOAT, text):
        return float(digits)
    return text


def _integer(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    if base := _BASES.get(digits[:2]):
        return sign * int(digits[2:], base)
    return sign * int(digits)
