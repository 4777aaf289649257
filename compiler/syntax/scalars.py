"""The types of plain YAML scalars, as js-yaml 4 reads them (YAML 1.2 core schema).

`on`, `yes` and `1.10.0` are strings; only what stands below has another type.
"""

import re

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_FIRST_OF_NUMBER = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = {".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
_MAX_DIGITS = 4000  # Python refuses to read longer integers, js-yaml reads them as infinity


def resolve(text: str) -> str | int | float | bool | None:
    """Return the value of a plain scalar."""
    if text in _NULLS:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] not in _FIRST_OF_NUMBER or len(text) > _MAX_DIGITS:
        return text
    if text.endswith("_"):
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    special = _SPECIAL.get(text.removeprefix("+").lower())
    return text if special is None else special


def _integer(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    bases = {"0b": 2, "0o": 8, "0x": 16}
    if base := bases.get(digits[:2]):
        return sign * int(digits[2:] or "0", base)
    return sign * int(digits)
