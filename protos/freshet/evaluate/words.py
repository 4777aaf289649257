r"""Words of the condition language: what numbers, quoted strings and names look like.

The compiler reads whole conditions; at run time the value of a hole outside quotes is one word.
"""

from __future__ import annotations

import re

from freshet.evaluate.values import ExpressionError

BLANKS = " \t\n\r"
NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NAME = r"(?![0-9])(?:[\w$]|[^\x00-\x7f])+"
CONSTANTS = {"true": True, "false": False, "null": None}

_CONTROL_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPE = r"(?s)\\(.?)"
_SIGNED_NUMBER = rf"[+-]?{NUMBER}"
_QUOTED = r"""(?s)'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\""""
_NAMES = rf"{NAME}(?:\.{NAME})*"


def unescaped(text: str) -> str:
    """Return what stands between quotes, without its escapes."""
    return re.sub(_ESCAPE, lambda match: _CONTROL_CHARACTERS.get(match[1], match[1]), text)


def read_word(text: str, source_text: str) -> str | float | bool | tuple[str, ...] | None:
    """Return the constant that a filled hole shows, or the names, joined by dots, that it holds.

    Args:
        text: The value.
        source_text: What errors call it: the value itself may be a secret.

    Raises:
        ExpressionError: it is neither.
    """
    word = text.strip(BLANKS)
    if word in CONSTANTS:
        return CONSTANTS[word]
    if re.fullmatch(_SIGNED_NUMBER, word):
        return float(word)
    if re.fullmatch(_QUOTED, word):
        return unescaped(word[1:-1])
    if re.fullmatch(_NAMES, word):
        return tuple(word.split("."))
    raise ExpressionError(
        f"Cannot read the value of {source_text} outside quotes: it is no number, truth value, "
        "quoted text or name"
    )
