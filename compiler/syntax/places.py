r"""Finds the characters of a scalar in its source: what `'it''s'`, `\u00e9` or `>-` stand for.

Few are asked for, so the scalar is scanned again, in the way of libyaml's scanner. Indexes count
code points from 0.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate

from compiler.source import Source, Span

_BREAK = "(?:\r\n|[\n\r\x85\u2028\u2029])"
_KEPT_BREAKS = "\u2028\u2029"
_PROPERTIES = rf"(?:[!&]\S*|[ \t]|{_BREAK}|#[^\n\r\x85\u2028\u2029]*)*"
"""Tag and anchor, and what may stand behind them."""
_BLANKS = rf"[ \t]+(?:{_BREAK}[ \t]*)*|(?:{_BREAK}[ \t]*)+"
_SINGLE_QUOTED = rf"''|{_BLANKS}"
_DOUBLE_QUOTED = rf"\\(?:x..|u.{{4}}|U.{{8}}|{_BREAK}[ \t]*(?:{_BREAK}[ \t]*)*|.)|{_BLANKS}"
_LINE = rf"( *)([^\n\r\x85\u2028\u2029]*)({_BREAK}|\Z)"

_Piece = tuple[int, int, int]
"""How many characters of the text come from where in the source: length, start, end."""


def part(source: Source, span: Span, text: str, start: int, end: int) -> Span:
    """Return the place of the characters of `text` from `start` to before `end`.

    Args:
        source: Where the scalar stands.
        span: The whole scalar, its tag and anchor included.
        text: What libyaml read there.
        start: Index of the first character.
        end: Index behind the last one.
    """
    if not text:
        return span
    pieces, offsets = _pieces(source, span, text)
    last = len(text) - 1
    first_start, first_end = _character(min(start, last), pieces, offsets)
    if end <= start:
        here = source.position(first_start if start <= last else first_end)
        return Span(here, here)
    _, last_end = _character(min(end - 1, last), pieces, offsets)
    return Span(source.position(first_start), source.position(last_end))


def _character(index: int, pieces: list[_Piece], offsets: list[int]) -> tuple[int, int]:
    """Return where the character at `index` of the text begins and ends in the source."""
    number = bisect_right(offsets, index) - 1
    length, start, end = pieces[number]
    if length != end - start:
        return start, end
    here = start + index - offsets[number]
    return here, here + 1


@lru_cache(maxsize=1)  # a scalar with one mistake often has more
def _pieces(source: Source, span: Span, text: str) -> tuple[list[_Piece], list[int]]:
    """Return the pieces of a scalar in order, and the index in its text that each begins at."""
    start, end = source.index(span.start), source.index(span.end)
    found = _scanned(source.text, start, end, text)
    pieces = [piece for piece in found if piece[0]]
    return pieces, [0, *accumulate(length for length, _, _ in pieces)]


def _scanned(raw: str, start: int, end: int, text: str) -> Iterable[_Piece]:
    quote = int(raw[start] in "'\"")
    if end - start == len(text) + 2 * quote and raw.startswith(text, start + quote):
        return [(len(text), start + quote, end - quote)]  # nearly always, and needs no pattern
    content = re.compile(_PROPERTIES).match(raw, start, end)
    assert content  # it matches nothing at least
    begin = content.end()
    match raw[begin]:
        case "'":
            return _flow(_SINGLE_QUOTED, raw, begin + 1, end - 1)
        case '"':
            return _flow(_DOUBLE_QUOTED, raw, begin + 1, end - 1)
        case "|" | ">" as style:
            return _block(raw, begin, end, text, folded=style == ">")
        case _:
            return _flow(_BLANKS, raw, begin, end)


def _flow(signs: str, raw: str, start: int, end: int) -> Iterator[_Piece]:
    """Yield the pieces of a scalar in which line breaks fold: quoted, or without quotes."""
    position = start
    for sign in re.compile(signs).finditer(raw, start, end):
        yield sign.start() - position, position, sign.start()
        yield _length(sign[0]), sign.start(), sign.end()
        position = sign.end()
    yield end - position, position, end


def _length(sign: str) -> int:
    """Return how many characters blanks, line breaks, or an escape stand for."""
    breaks = re.findall(_BREAK, sign)
    if not breaks:
        return len(sign) if sign[0] in " \t" else 1  # an escape
    if sign[0] == "\\":
        return len(breaks) - 1
    # The first break is gone if more follow; libyaml keeps it if it is no ordinary one.
    return len(breaks) if breaks[0] in _KEPT_BREAKS else max(len(breaks) - 1, 1)


def _block(raw: str, start: int, end: int, text: str, *, folded: bool) -> Iterator[_Piece]:
    """Yield the pieces of a block scalar, and those that its end loses."""
    _, *lines = re.compile(_LINE).finditer(raw, start, end)
    indent = _indent(lines, text)
    held: list[_Piece] = []
    """Breaks since the last line with content: the first becomes a blank, or goes, if it folds."""
    was_blank = True  # nothing folds before the first line
    for line in lines:
        content = min(line.start() + indent, line.end(1))
        if content == line.end(2):
            held.append((1, line.start(), line.end()))
            continue
        is_blank = raw[content] in " \t"
        folds = folded and not (was_blank or is_blank or raw[held[0][1]] in _KEPT_BREAKS)
        yield from held[1:] if folds and len(held) > 1 else held
        yield line.end(2) - content, content, line.end(2)
        held, was_blank = [(1, *line.span(3))], is_blank
    yield from held


def _indent(lines: list[re.Match[str]], text: str) -> int:
    """Return how many spaces of each line are no content.

    The first line with content tells it: what it has more of than the text has. So neither the
    indentation of the parent nor an indicator in the header must be known.
    """
    leading = re.match(f"{_BREAK}*", text)
    assert leading  # it matches nothing at least
    first = leading.end()
    if first == len(text):
        return max(len(line[1]) for line in lines)
    return len(lines[first][1]) - (len(text) - first - len(text[first:].lstrip(" ")))
