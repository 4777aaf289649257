r"""Reads the holes of a string: `${{NAME}}`, `${{step}}`, `${{steps.name.member}}`, ….

A string without `${{` never meets a parser, a hole with plain names does not need one, and no
string is read twice. Holes are found as the platform finds them: `\$\{{2}(.+?)\}{2}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lark import Lark

_OPEN, _CLOSE = "${{", "}}"
_MAX_BODY = 1000
"""No name is so long. A longer hole refers to nothing, and need not be parsed to know it."""
_BLANKS = " \t\n\r\f\v"


class Hole(NamedTuple):
    """A reference in a string."""

    names: tuple[str, ...]
    """The parts between dots; a single one is a variable or a step."""
    text: str
    """As it was written, `${{` and `}}` included."""


Part = str | Hole


@lru_cache(maxsize=16384)
def read_template(text: str) -> tuple[Part, ...]:
    """Return text and holes of a string, in order."""
    parts: list[Part] = []
    position = 0
    for start, end in _hole_places(text):
        if names := _names(text[start + len(_OPEN) : end - len(_CLOSE)]):
            parts += [text[position:start], Hole(names, text[start:end])]
            position = end
    parts.append(text[position:])
    return tuple(part for part in parts if part)


def whole_hole(text: str) -> Hole | None:
    """Return the hole that a string consists of; None: it is more, or something else."""
    parts = read_template(text.strip())
    return parts[0] if len(parts) == 1 and isinstance(parts[0], Hole) else None


def holes(text: str) -> tuple[Hole, ...]:
    """Return the holes of a string, in order."""
    return tuple(part for part in read_template(text) if isinstance(part, Hole))


def _hole_places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where holes begin and end. Linear, unlike the regular expression it stands for."""
    start = text.find(_OPEN)
    while start != -1:
        close = text.find(_CLOSE, start + len(_OPEN) + 1)
        if close == -1:
            return
        line_end = text.find("\n", start, close)
        if line_end == -1:
            yield start, close + len(_CLOSE)
        start = text.find(_OPEN, close + len(_CLOSE) if line_end == -1 else line_end)


def _names(body: str) -> tuple[str, ...]:
    """Return the names of a hole; none: it refers to nothing, and stays as it is written."""
    if len(body) > _MAX_BODY:
        return ()
    names = tuple(body.strip(_BLANKS).split("."))
    if body.isascii() and all(map(_is_plain, names)):
        return names
    from lark.exceptions import LarkError

    try:
        tree = _parser().parse(body)
    except LarkError:
        return ()
    return tuple(str(token) for token in tree.children)


def _is_plain(name: str) -> bool:
    """Whether a name is ASCII letters, digits, `_` and `-`, as in nearly every hole.

    Importing Lark for those would double the time of a check.
    """
    return not name.startswith("-") and name.replace("-", "_").isidentifier()


@cache
def _parser() -> Lark:
    from pathlib import Path

    from lark import Lark

    grammar = Path(__file__).with_name("templates.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=False)
