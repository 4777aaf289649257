"""Reads outlines: by indentation, and by brackets where the text has them.

It knows block and flow collections, quotes, long texts, anchors, aliases and comments. What is not
finished yet ends where the indentation says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.syntax.flow import Flow
from compiler.syntax.outline import Cursor, Item, Outline, Role, unquoted, word_end

_LINE = re.compile(r"[^\n\r]*(?:\r\n|[\n\r]|\Z)")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*(\"?)|'(?:[^']|'')*('?)")
_PROPERTY = re.compile(r"([&!*])([^\s,\[\]{}]*)\s*")
_COLON = re.compile(r":(?=\s|$)")
_COMMENT = re.compile(r"(?:^|\s)#")
_MAX_PER_LINE = 100
"""So many hyphens, or anchors, are read in front of one value. YAML allows more, people do not."""
_MARKERS = ("---", "...")


def read_outline(text: str) -> Outline:
    """Return the outline of a text, whatever it is."""
    reader = _Reader(text)
    return Outline(text, reader.root, reader.items, reader.anchors)


def locate(outline: Outline, offset: int) -> Cursor:
    """Return what stands at a place."""
    reader = _Reader(outline.text[:offset])
    role, path, start = reader.end()
    return Cursor(
        offset=offset,
        role=role,
        path=tuple(outline.own(item) for item in path),
        in_flow=reader.in_flow,
        start=start,
        end=word_end(outline.text, offset),
    )


class _Reader:
    def __init__(self, text: str) -> None:
        self.root = Item(None, 0, -1, listed=False)
        self.items: list[Item] = []
        self.anchors: dict[str, Item] = {}
        self._text = text
        self._last = self.root
        self._unfinished: Item | None = None
        """Whose text may go on in the next line."""
        self._plain = False
        """Whether that text has neither quotes nor an indicator."""
        self._flow = Flow(self._keep, self.anchors)
        self._line_start = 0
        self._made: Item | None = None
        """The innermost item that the current line began."""
        for start, line in _lines(text):
            self._line_start, self._made = start, None
            self._read_line(start, line)

    # Lines

    def _read_line(self, start: int, line: str) -> None:
        column = len(line) - len(line.lstrip(" "))
        body = line[column:].rstrip()
        if self._goes_on(column, body):
            self._continue(start + column, body)
            return
        self._unfinished = None
        self._flow.drop()
        if body and not body.startswith(("#", *_MARKERS)):
            self._read_entry(start + column, column, body)

    def _goes_on(self, column: int, body: str) -> bool:
        """Whether a line belongs to the value that was begun before it."""
        owner = self._unfinished
        if owner is None or (not body and self._plain):
            return False
        if not body or (self._flow.is_open and body[0] in "]}"):
            return True
        return column > owner.column and not (self._plain and _begins_entry(body))

    def _continue(self, offset: int, body: str) -> None:
        owner = self._unfinished
        assert owner is not None  # `_goes_on` saw to it
        if self._flow.is_open:
            self._read_flow(owner, offset, body)
        if body:
            owner.value_end = owner.end = offset + len(body)

    def _read_entry(self, offset: int, column: int, body: str) -> None:
        item: Item | None = None
        for _ in range(_MAX_PER_LINE):
            if body != "-" and not body.startswith("- "):
                break
            item = self._add(offset, column, listed=True)
            rest = body[1:].lstrip(" ")
            width = len(body) - len(rest)
            offset, column, body = offset + width, column + width, rest
        colon = _key_length(body)
        if colon or item is None:
            item = self._add(offset, column, listed=False)
        if colon:
            item.key = unquoted(body[:colon].rstrip())
            item.key_end = offset + len(body[:colon].rstrip())
            rest = body[colon + 1 :].lstrip()
            offset, body = offset + len(body) - len(rest), rest
        self._read_value(item, offset, body)
        item.end = max(item.key_end, item.value_end)

    def _add(self, offset: int, column: int, *, listed: bool) -> Item:
        item = Item(self._container(column, listed=listed), offset, column, listed=listed)
        self._keep(item)
        self._last = self._made = item
        return item

    def _keep(self, item: Item) -> None:
        self.items.append(item)
        if item.parent:
            item.parent.children.append(item)

    def _container(self, column: int, *, listed: bool = False) -> Item:
        """Return what an entry at a column is in. A list may stand as far left as its key."""
        item = self._last
        while item.column > column or (item.column == column and (item.listed or not listed)):
            assert item.parent  # the whole text is left of every column
            item = item.parent
        return item

    # Values

    def _read_value(self, item: Item, offset: int, body: str) -> None:
        for _ in range(_MAX_PER_LINE):
            match = _PROPERTY.match(body)
            if match is None:
                break
            self._read_property(item, match, offset)
            offset, body = offset + match.end(), body[match.end() :]
            if item.alias or match[1] == "*":
                return
        item.value_start = item.value_end = offset
        if not body or _COMMENT.match(body):
            return
        self._plain = False
        if body[0] in "|>":
            self._unfinished = item
        elif body[0] in "[{":
            self._read_flow(item, offset, body)
        elif body[0] in "\"'":
            self._read_quoted(item, offset, body)
        else:
            self._read_plain(item, offset, body)

    def _read_property(self, item: Item, match: re.Match[str], offset: int) -> None:
        if match[1] == "&":
            self.anchors[match[2]] = item
        elif match[1] == "*":
            item.alias = self.anchors.get(match[2])
            item.text = match[0].rstrip()
            item.value_start, item.value_end = offset, offset + len(item.text)

    def _read_quoted(self, item: Item, offset: int, body: str) -> None:
        match = _QUOTED.match(body)
        assert match  # there is a quote
        item.text = unquoted(match[0])
        item.value_end = offset + match.end()
        if not (match[1] or match[2]):
            self._unfinished = item

    def _read_plain(self, item: Item, offset: int, body: str) -> None:
        comment = _COMMENT.search(body)
        item.text = body[: comment.start()].rstrip() if comment else body
        item.value_end = offset + len(item.text)
        self._unfinished, self._plain = item, True

    def _read_flow(self, owner: Item, offset: int, body: str) -> None:
        self._flow.read(owner, offset, body)
        self._unfinished = owner if self._flow.is_open else None

    # The end of the text, where a cursor is

    @property
    def in_flow(self) -> bool:
        """Whether the text ends between brackets."""
        return self._flow.is_open

    def end(self) -> tuple[Role, tuple[Item, ...], int]:
        """Return what stands at the end: its role, what it is in, and where its word begins."""
        offset = len(self._text)
        line = self._text[self._line_start :]
        if self._flow.is_open:
            return self._flow.end(self._text)
        if _COMMENT.search(line) and not self._unfinished_text():
            return Role.NOTHING, (self.root,), offset
        if not line.strip():
            return self._end_of_blank(line, offset)
        item = self._made
        if item is None or line.strip() in _MARKERS:
            return Role.TEXT, (self._unfinished or self.root).path, offset
        return self._end_of_entry(item, line, offset)

    def _unfinished_text(self) -> bool:
        """Whether a hash would be part of a text that began in an earlier line."""
        return self._unfinished is not None and self._made is None

    def _end_of_blank(self, line: str, offset: int) -> tuple[Role, tuple[Item, ...], int]:
        owner = self._unfinished
        if owner and not self._plain and len(line) > owner.column:
            return Role.TEXT, owner.path, offset
        return Role.KEY, self._container(len(line)).path, offset

    def _end_of_entry(
        self, item: Item, line: str, offset: int
    ) -> tuple[Role, tuple[Item, ...], int]:
        start = item.value_start if item.text else offset
        start += self._text.startswith(('"', "'"), start)
        if not item.text and line.endswith((":", "-")):
            return Role.NOTHING, item.path, start  # a blank must come first
        if item.key:
            return Role.VALUE, item.path, start
        container = item if item.listed else item.parent
        assert container  # the whole text is no entry
        return Role.KEY, container.path, start


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield offsets and lines, without what ends them; the last one may be empty."""
    for match in _LINE.finditer(text):
        yield match.start(), match[0].rstrip("\r\n")
        if match[0] and match.end() == len(text) and match[0][-1] not in "\r\n":
            return


def _key_length(body: str) -> int:
    """Return the length of a key up to its colon; 0: it is none."""
    if not body or body[0] in "#|>@`%{[&*!":
        return 0
    start = 0
    if body[0] in "\"'":
        match = _QUOTED.match(body)
        assert match  # there is a quote
        if not body[match.end() :].lstrip().startswith(":"):
            return 0
        start = match.end()
    colon = _COLON.search(body, start)
    comment = _COMMENT.search(body, start)
    if colon is None or (comment and comment.start() < colon.start()):
        return 0
    return colon.start()


def _begins_entry(body: str) -> bool:
    return body.startswith("- ") or _key_length(body) > 0
