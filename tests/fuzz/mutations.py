"""Small changes to the lines of a pipeline, such as a slip while editing makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

_WORDS = (
    b"",
    b"${{a}}",
    b"[",
    b"]",
    b"{",
    b"&x ",
    b"*x",
    b"- ",
    b"null",
    b"|",
    b"'",
    b"\t",
    b"\xff",
)
_Lines = list[bytes]
_Change = Callable[[_Lines, int, bytes], _Lines]


def _without(lines: _Lines, at: int, _: bytes) -> _Lines:
    return lines[:at] + lines[at + 1 :]


def _twice(lines: _Lines, at: int, _: bytes) -> _Lines:
    return lines[: at + 1] + lines[at:]


def _last(lines: _Lines, at: int, _: bytes) -> _Lines:
    return [*_without(lines, at, b""), lines[at]]


def _indented(lines: _Lines, at: int, _: bytes) -> _Lines:
    return [*lines[:at], b"  " + lines[at], *lines[at + 1 :]]


def _outdented(lines: _Lines, at: int, _: bytes) -> _Lines:
    return [*lines[:at], lines[at].removeprefix(b"  "), *lines[at + 1 :]]


def _other_value(lines: _Lines, at: int, word: bytes) -> _Lines:
    return [*lines[:at], lines[at].partition(b":")[0] + b": " + word + b"\n", *lines[at + 1 :]]


def _inserted(lines: _Lines, at: int, word: bytes) -> _Lines:
    middle = len(lines[at]) // 2
    return [*lines[:at], lines[at][:middle] + word + lines[at][middle:], *lines[at + 1 :]]


def _cut(lines: _Lines, at: int, _: bytes) -> _Lines:
    return [*lines[:at], lines[at][: len(lines[at]) // 2]]


_CHANGES = (
    _without,
    _twice,
    _last,
    _indented,
    _outdented,
    _other_value,
    _inserted,
    _cut,
)


def mutations_of(contents: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Generate contents with one to four changes."""
    change = st.tuples(st.sampled_from(_CHANGES), st.integers(0, 999), st.sampled_from(_WORDS))
    return st.builds(_changed, st.sampled_from(contents), st.lists(change, min_size=1, max_size=4))


def _changed(content: bytes, changes: list[tuple[_Change, int, bytes]]) -> bytes:
    lines = content.splitlines(keepends=True)
    for change, place, word in changes:
        if lines:
            lines = change(lines, place % len(lines), word)
    return b"".join(lines)
