"""YAML as a tree of values that know their places.

Classes by hand: a file has as many of them as values, and they are made in a tight loop.
"""

from __future__ import annotations

from collections.abc import Iterable

from compiler.source import Source, Span


class Scalar:
    """A single value."""

    __slots__ = ("_source", "plain", "span", "text", "value")

    def __init__(
        self,
        value: str | int | float | bool | None,
        text: str,
        span: Span,
        plain: bool = True,
        source: Source | None = None,
    ) -> None:
        self.value = value
        self.text = text
        """As it was read, before it got a type."""
        self.span = span
        self.plain = plain
        """Whether it stands without quotes, so that its form decides its type."""
        self._source = source

    def part(self, start: int, end: int) -> Span:
        """Return the place of the characters of `text` from `start` to before `end`, from 0.

        A character that an escape or a line break stands for has the place of that. A scalar that
        was made up has no parts: the answer is its whole place.
        """
        if self._source is None:
            return self.span
        from compiler.syntax.places import part

        return part(self._source, self.span, self.text, start, end)

    def __repr__(self) -> str:
        return f"Scalar({self.value!r}, {self.text!r}, {self.span!r}, plain={self.plain})"


class Entry:
    """A key and its value."""

    __slots__ = ("key", "value")

    def __init__(self, key: Scalar, value: Node) -> None:
        self.key = key
        self.value = value

    def __repr__(self) -> str:
        return f"Entry({self.key!r}, {self.value!r})"


class Mapping:
    """Keys and values, in the order of the source; keys are unique."""

    __slots__ = ("_by_key", "entries", "span")

    def __init__(self, entries: tuple[Entry, ...], span: Span) -> None:
        self.entries = entries
        self.span = span
        self._by_key: dict[str, Entry] | None = None

    def get(self, key: str) -> Entry | None:
        """Return the entry with this key."""
        if self._by_key is None:
            self._by_key = {entry.key.text: entry for entry in self.entries}
        return self._by_key.get(key)

    def __repr__(self) -> str:
        return f"Mapping({self.entries!r}, {self.span!r})"


class Sequence:
    """Values in order."""

    __slots__ = ("items", "span")

    def __init__(self, items: tuple[Node, ...], span: Span) -> None:
        self.items = items
        self.span = span

    def __repr__(self) -> str:
        return f"Sequence({self.items!r}, {self.span!r})"


Node = Scalar | Mapping | Sequence


def node_count(node: Node, limit: int) -> int:
    """Return how many values a tree has; it stops counting beyond `limit`."""
    count, waiting = 0, [node]
    while waiting and count <= limit:
        count += 1
        waiting += children(waiting.pop())
    return count


def children(node: Node) -> Iterable[Node]:
    """Return the values in a value, keys left out."""
    if isinstance(node, Mapping):
        return (entry.value for entry in node.entries)
    return node.items if isinstance(node, Sequence) else ()


def below(node: Node, depth: int) -> Node | None:
    """Return the first value that stands in as many others; None: there is none."""
    level = [node]
    for _ in range(depth):
        level = [child for each in level for child in children(each)]
    return level[0] if level else None


def type_name(node: Node) -> str:
    """Return what a person calls the type of a value."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return "a boolean"
        case Scalar(value=int() | float()):
            return "a number"
        case _:
            return "a string"


def value_of(node: Node) -> object:
    """Return a value without its places: dicts, lists and single values."""
    match node:
        case Mapping():
            return {entry.key.text: value_of(entry.value) for entry in node.entries}
        case Sequence():
            return [value_of(item) for item in node.items]
        case _:
            return node.value
