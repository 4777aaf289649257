"""The keys of a YAML text that may be half written, and what stands at a place of it.

Editors ask about texts that do not parse yet. An outline never refuses one: it keeps what is
recognised, by indentation (`outline_reader`). Offsets are counted from 0, ends are exclusive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from compiler.record import Record

_WORD = re.compile(r"[\w.$/-]*")
_OPEN, _CLOSE = "${{", "}}"


class Item:
    """A key with its value, an item of a list, or the whole text."""

    __slots__ = (
        "alias",
        "children",
        "column",
        "end",
        "key",
        "key_end",
        "listed",
        "parent",
        "start",
        "text",
        "value_end",
        "value_start",
    )

    def __init__(self, parent: Item | None, start: int, column: int, *, listed: bool) -> None:
        self.parent = parent
        self.start = start
        """Of the key, or of the hyphen."""
        self.column = column
        """Counted from 0; -1: the whole text."""
        self.listed = listed
        """Whether it is an item of a list, which has no key."""
        self.key = ""
        self.key_end = start
        self.text = ""
        """The first line of a value that is no collection, without quotes."""
        self.value_start = start
        self.value_end = start
        self.end = start
        """Of everything in it."""
        self.alias: Item | None = None
        """What an alias in place of the value stands for."""
        self.children: list[Item] = []

    def get(self, key: str) -> Item | None:
        """Return the entry with a key, also one that an alias or a merge brings."""
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            item = waiting.pop(0)
            if id(item) in seen:
                continue
            seen.add(id(item))
            for child in item.children:
                if child.key == key and not child.listed:
                    return child
            waiting += item._sources()
        return None

    def text_of(self, key: str) -> str:
        """Return the text of an entry; empty when there is none."""
        child = self.get(key)
        return child.text if child else ""

    @property
    def keys(self) -> frozenset[str]:
        """The keys that are written in it."""
        return frozenset(child.key for child in self.children if child.key)

    @property
    def path(self) -> tuple[Item, ...]:
        """What it is in, outermost first, and itself."""
        items = [self]
        while items[-1].parent:
            items.append(items[-1].parent)
        return tuple(reversed(items))

    def walk(self) -> Iterator[Item]:
        """Yield everything in it, in order."""
        waiting = self.children[::-1]
        while waiting:
            item = waiting.pop()
            yield item
            waiting += item.children[::-1]

    def _sources(self) -> Iterator[Item]:
        if self.alias:
            yield self.alias
        for merge in self.children:
            if merge.key == "<<":
                yield from (each.alias for each in (merge, *merge.children) if each.alias)


class Role(Enum):
    """What is written at a place."""

    KEY = "a key, or an item of a list"
    VALUE = "the value of a key"
    TEXT = "part of a longer text"
    NOTHING = "a comment, or nothing that has a meaning"


class Cursor(Record):
    """A place in a text."""

    offset: int
    role: Role
    path: tuple[Item, ...]
    """The whole text first; last what a key would be in, or whose value it is."""
    in_flow: bool
    """Whether a bracket is open around it."""
    start: int
    """Of the word at the cursor."""
    end: int


class Outline:
    """The keys of a text."""

    def __init__(self, text: str, root: Item, items: list[Item], anchors: dict[str, Item]) -> None:
        self.text = text
        self.root = root
        self.anchors = anchors
        """What has an anchor, by its name."""
        self._by_start = {item.start: item for item in items}
        for item in reversed(items):
            if item.parent:
                item.parent.end = max(item.parent.end, item.end)

    def own(self, item: Item) -> Item:
        """Return the item of this outline that stands where one of a shorter text does."""
        return self.root if item.parent is None else self._by_start.get(item.start, item)

    def item_at(self, offset: int) -> Item:
        """Return the innermost item around a place."""
        item = self.root
        while inner := next((each for each in item.children if _holds(each, offset)), None):
            item = inner
        return item


def _holds(item: Item, offset: int) -> bool:
    return item.start <= offset <= item.end


def word_end(text: str, offset: int) -> int:
    """Return where the word ends that `offset` is in."""
    match = _WORD.match(text, offset)
    return match.end() if match else offset


class OpenHole(Record):
    """A `${{…}}` around a place, whose end may be missing."""

    start: int
    """Of what is inside."""
    end: int
    closed: bool
    """Whether `}}` follows."""


def hole_at(text: str, offset: int) -> OpenHole | None:
    """Return the hole that a place is inside of."""
    line_start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    opened = text.rfind(_OPEN, line_start, offset)
    if opened == -1 or _CLOSE in text[opened:offset]:
        return None
    start = opened + len(_OPEN)
    rest = re.compile(r"[^\n\r}$]*").match(text, start)
    end = max(rest.end() if rest else start, offset)
    closed = text.startswith(_CLOSE, end)
    return OpenHole(start=start, end=end if closed else word_end(text, offset), closed=closed)


def unquoted(text: str) -> str:
    """Return a text without its quotes, of which the second may be missing."""
    if text[:1] not in ('"', "'"):
        return text
    inner = text[1:-1] if len(text) > 1 and text[-1] == text[0] else text[1:]
    return inner.replace("''", "'") if text[0] == "'" else inner.replace('\\"', '"')
