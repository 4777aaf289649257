"""Reads flow collections of outlines: what stands between brackets, which may be missing."""

from __future__ import annotations

import re
from collections.abc import Callable

from compiler.syntax.outline import Item, Role, unquoted

_TOKEN = re.compile(
    r"""
      (?P<blank> \s+ | (?<=\s)\#.* )
    | (?P<mark>  [\[\]{},] | :(?=[\s,\[\]{}]|$) )
    | (?P<text>  "(?:[^"\\]|\\.)*"? | '(?:[^']|'')*'?
               | (?: \$\{\{[^}]*\}{0,2} | [^\s\[\]{},:] | :(?![\s,\[\]{}]|$) )+ )
    """,
    re.VERBOSE,
)


class _Bracket:
    """An open bracket."""

    def __init__(self, container: Item, *, is_list: bool) -> None:
        self.container = container
        """Whose value begins with it."""
        self.is_list = is_list
        self.entry: Item | None = None
        """The key or item that is read; None: the next one has not begun."""
        self.after_colon = False


class Flow:
    """The brackets that are open, and what is read between them."""

    def __init__(self, keep: Callable[[Item], None], anchors: dict[str, Item]) -> None:
        """Give items to `keep`, and anchored ones to `anchors`."""
        self._keep = keep
        self._anchors = anchors
        self._brackets: list[_Bracket] = []

    @property
    def is_open(self) -> bool:
        """Whether a closing bracket is missing."""
        return bool(self._brackets)

    def drop(self) -> None:
        """Take all brackets for closed."""
        self._brackets.clear()

    def read(self, owner: Item, offset: int, body: str) -> None:
        """Read part of the value of `owner`, up to the last closing bracket."""
        for match in _TOKEN.finditer(body):
            place = offset + match.start()
            if match.lastgroup == "mark":
                self._read_mark(owner, match[0], place)
            elif match.lastgroup == "text":
                self._read_text(match[0], place)
            if not self._brackets:
                return

    def end(self, text: str) -> tuple[Role, tuple[Item, ...], int]:
        """Return what stands at the end of a text: role, what it is in, where its word begins."""
        top, offset = self._brackets[-1], len(text)
        entry = top.entry
        if top.is_list:
            entry = entry or Item(top.container, offset, -1, listed=True)
            return Role.KEY, entry.path, _start_of_value(entry, text)
        if entry and top.after_colon:
            return Role.VALUE, entry.path, _start_of_value(entry, text)
        return Role.KEY, top.container.path, entry.start if entry else offset

    def _read_mark(self, owner: Item, mark: str, place: int) -> None:
        top = self._brackets[-1] if self._brackets else None
        if mark in "[{":
            self._brackets.append(_Bracket(self._container(owner, place), is_list=mark == "["))
        elif top and mark in "]}":
            self._brackets.pop()
            top.container.value_end = top.container.end = place + 1
        elif top and mark == ",":
            top.entry, top.after_colon = None, False
        elif top:
            top.after_colon = True

    def _container(self, owner: Item, place: int) -> Item:
        """Return what a bracket is the value of."""
        if not self._brackets:
            return owner
        top = self._brackets[-1]
        if top.entry is None or top.is_list:
            top.entry = self._add(top, place)
        top.entry.value_start = place
        return top.entry

    def _add(self, top: _Bracket, place: int) -> Item:
        item = Item(top.container, place, top.container.column + 1, listed=top.is_list)
        self._keep(item)
        return item

    def _read_text(self, text: str, place: int) -> None:
        top = self._brackets[-1]
        if top.entry is None:
            top.entry = self._add(top, place)
        entry, end = top.entry, place + len(text)
        if not (top.is_list or top.after_colon):
            entry.key = f"{entry.key} {unquoted(text)}".strip()
            entry.key_end = end
        elif text.startswith("*"):
            entry.alias, entry.text = self._anchors.get(text[1:]), text
            entry.value_start = place
        elif text.startswith("&"):
            self._anchors[text[1:]] = entry
        else:
            entry.value_start = entry.value_start if entry.text else place
            entry.text = f"{entry.text} {unquoted(text)}".strip()
        entry.value_end = entry.end = end


def _start_of_value(entry: Item, text: str) -> int:
    """Return where the word of a value begins, behind a quote."""
    if not entry.text:
        return len(text)
    return entry.value_start + text.startswith(('"', "'"), entry.value_start)
