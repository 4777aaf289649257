"""Numbers as JavaScript writes and reads them."""

from __future__ import annotations

import math
import re

WHITE_SPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript trims."""
_DECIMAL = r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_BASED = r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)"
_BASES = {"x": 16, "o": 8, "b": 2}
_MOST_PLAIN_DIGITS = 21
_MOST_LEADING_ZEROS = 6


def number_text(number: float) -> str:
    """Return the text of a number: the shortest that reads back the same."""
    if math.isnan(number):
        return "NaN"
    sign = "-" if number < 0 else ""
    if math.isinf(number):
        return f"{sign}Infinity"
    digits, point = _digits(abs(number))
    return sign + _placed(digits, point)


def _digits(number: float) -> tuple[str, int]:
    """Return the digits without zeros around them, and how many stand before the point."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    return digits.rstrip("0") or "0", point if digits else 1


def _placed(digits: str, point: int) -> str:
    if len(digits) <= point <= _MOST_PLAIN_DIGITS:
        return digits.ljust(point, "0")
    if 0 < point <= _MOST_PLAIN_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if -_MOST_LEADING_ZEROS < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def read_number(text: str) -> float:
    """Return the number that a text means; NaN when it means none. Blank text is 0."""
    text = text.strip(WHITE_SPACE)
    if not text:
        return 0.0
    if re.fullmatch(_DECIMAL, text):
        return float(text)
    if re.fullmatch(_BASED, text):
        return _read_based(text)
    return math.nan


def _read_based(text: str) -> float:
    try:
        return float(int(text[2:], _BASES[text[1].lower()]))
    except OverflowError:
        return math.inf
