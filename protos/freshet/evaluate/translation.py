"""JavaScript's regular expressions in the dialect of RE2."""

from __future__ import annotations

import re
from collections.abc import Iterator

from freshet.evaluate.values import PatternError

_ESCAPE = r"""\\(?:u\{[0-9a-fA-F]{1,8}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]
    |[pP]\{\w+(?:=\w+)?\}|[\s\S])"""
_TOKEN = re.compile(
    rf"""
      (?P<look>\(\?<?[=!])
    | (?P<open>\((?:\?(?::|<[A-Za-z_]\w*>))?)(?!\?)
    | (?P<close>\))
    | (?P<set>\[\^?(?:\\[\s\S]|[^\]\\])*\])
    | (?P<repeat>(?:[*+?]|\{{[0-9]+(?:,[0-9]*)?\}})\??)
    | (?P<position>[\^$]|\\[bB])
    | (?P<reference>\\(?:[1-9]|k<))
    | (?P<escape>{_ESCAPE})
    | (?P<dot>\.)
    | (?P<bar>\|)
    | (?P<faulty>\(\?|\[|\\)
    | (?P<character>[\s\S])
    """,
    re.VERBOSE | re.ASCII,
)
_MEMBERS = re.compile(
    rf"(?P<first>{_ESCAPE}|[\s\S])(?:-(?P<last>{_ESCAPE}|[\s\S]))?", re.VERBOSE | re.ASCII
)

_LINE_BREAKS = r"\n\r\x{2028}\x{2029}"
_ANY = r"[\x{0}-\x{10ffff}]"
_NONE = r"[^\x{0}-\x{10ffff}]"
_CLASSES = {
    **{letter: f"\\{letter}" for letter in "dDwW"},
    "s": r"\x{9}-\x{d}\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}"
    r"\x{3000}\x{feff}",
    "S": r"\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}"
    r"\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}",
}
"""Members of the sets that a letter after a backslash means; RE2's own `\\s` is ASCII only."""
_CONTROL_CHARACTERS = {"0": 0, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_FAULTS = {
    "(?": "a group begins with an unknown `(?`",
    "[": "a set has no closing `]`",
    "\\": "nothing follows the last `\\`",
}
_BACKSPACE = 8
_MAX_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def translated(body: str, *, unicode: bool, dot_fits_breaks: bool) -> str:
    """Return what means to RE2 what `body` means to JavaScript, without its flags.

    Raises:
        PatternError: nothing does, or JavaScript cannot read it either.
    """
    signs: list[str] = []
    repeatable = False
    for token in _TOKEN.finditer(body):
        kind, text = token.lastgroup, token[0]
        match kind:
            case "repeat":
                if not repeatable:
                    raise PatternError(f"`{text[0]}` repeats nothing")
                signs.append(text)
            case "open" | "close" | "bar" | "position":
                signs.append(text)
            case "set":
                signs.append(_set(text, unicode))
            case "escape":
                signs.append(_atom(text, unicode))
            case "dot":
                signs.append(_ANY if dot_fits_breaks else f"[^{_LINE_BREAKS}]")
            case "character":
                signs.append(_sign(ord(text)))
            case _:
                raise _fault(kind, text)
        repeatable = kind in ("close", "set", "escape", "dot", "character")
    return "".join(signs)


def _fault(kind: str | None, text: str) -> PatternError:
    if kind == "look":
        return PatternError(f"look-around, `{text}`, is not supported")
    if kind == "reference":
        return PatternError("back-references are not supported")
    return PatternError(_FAULTS[text])


def _set(text: str, unicode: bool) -> str:
    negated = text.startswith("[^")
    members = "".join(_members(text[2 if negated else 1 : -1], unicode))
    if not members:
        return _ANY if negated else _NONE
    return f"[{'^' if negated else ''}{members}]"


def _members(text: str, unicode: bool) -> Iterator[str]:
    for member in _MEMBERS.finditer(text):
        first = _in_set(member["first"], unicode)
        if member["last"] is None:
            yield _sign(first)
            continue
        last = _in_set(member["last"], unicode)
        if isinstance(first, str) or isinstance(last, str):
            yield f"{_sign(first)}{_sign(ord('-'))}{_sign(last)}"
        elif first > last:
            raise PatternError("a range is out of order")
        else:
            yield f"{_sign(first)}-{_sign(last)}"


def _in_set(text: str, unicode: bool) -> int | str:
    if text in ("\\b", "\\-"):
        return _BACKSPACE if text == "\\b" else ord("-")
    if text[0] == "\\" and text[1:] in tuple("123456789"):
        raise _fault("reference", text)
    return _meaning(text, unicode)


def _atom(text: str, unicode: bool) -> str:
    meaning = _meaning(text, unicode)
    return f"[{meaning}]" if isinstance(meaning, str) else _sign(meaning)


def _meaning(text: str, unicode: bool) -> int | str:
    """Return the code point that a sign or an escape means, or the members of its set."""
    if text[0] != "\\":
        return ord(text)
    letter, rest = text[1], text[2:]
    if letter in _CLASSES:
        return _CLASSES[letter]
    if rest.startswith("{") and not unicode:
        raise PatternError(f"`\\{letter}{{` needs the flag `u`")
    if rest and letter in "pP":
        return f"\\{letter}{{{rest[1:-1].rpartition('=')[2]}}}"
    if rest and letter in "ux":
        return _code_point(int(rest.strip("{}"), 16))
    if rest:
        return ord(rest) % 32
    if letter in _CONTROL_CHARACTERS:
        return _CONTROL_CHARACTERS[letter]
    if letter == "c" or (unicode and letter.isascii() and letter.isalnum()):
        raise PatternError(f"the escape `\\{letter}` means nothing")
    return ord(letter)


def _code_point(code: int) -> int:
    if code > _MAX_CODE_POINT or code in _SURROGATES:
        raise PatternError("an escape means no character")
    return code


def _sign(meaning: int | str) -> str:
    return meaning if isinstance(meaning, str) else f"\\x{{{meaning:x}}}"
