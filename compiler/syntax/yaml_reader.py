"""Composes a tree from libyaml's events, with the place of every key and value.

PyYAML's own composer refuses an anchor that is defined again and knows no bounds. Here the depth
and what aliases expand to are bounded, and nothing recurses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.source import Position, Source, Span
from compiler.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence
from compiler.syntax.scalars import resolve

MAX_DEPTH = 100
MAX_NODES = 200_000
"""How many values a file may make, those that aliases repeat counted each time."""
_MERGE_KEY = "<<"
_TAG_PREFIX = "tag:yaml.org,2002:"
_STRING_TAGS = frozenset({"!", f"{_TAG_PREFIX}str"})
_PLAIN_TAGS = frozenset(_TAG_PREFIX + name for name in ("null", "bool", "int", "float"))
_COLLECTION_TAGS = frozenset({"!", f"{_TAG_PREFIX}map", f"{_TAG_PREFIX}seq"})
_Event = yaml.events.Event


@dataclass(slots=True)
class _Open:
    """A mapping or a sequence whose end has not come yet."""

    start: Position
    anchor: str | None
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    node_count: int = 1


class _Stop(Exception):
    """A mistake after which nothing can be read."""


def read_yaml(source: Source, findings: Findings) -> Node | None:
    """Return the document of `source`; None when it is empty or cannot be read."""
    try:
        return _Composer(findings).compose(_events(source))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _position(mark.line, mark.column) if mark else Position(1, 1)
        place = min(place, source.end)  # libyaml counts a line more where the text breaks off
        problem = " ".join(part for part in (error.context, error.problem) if part)
        findings.add(mistakes.yaml_syntax(Span(place, place), problem))
    except yaml.reader.ReaderError as error:
        # libyaml counts bytes here, and characters everywhere else.
        before = source.text.encode()[: int(error.position)].decode(errors="ignore")
        place = source.position(len(before))
        findings.add(mistakes.not_text(Span(place, place), "this character is not allowed in YAML"))
    except _Stop:
        pass
    return None


def _events(source: Source) -> Iterator[_Event]:
    loader = yaml.CSafeLoader(source.text)
    try:
        while loader.check_event():
            event = loader.get_event()
            assert event is not None  # there is one: it was looked for
            yield event
    finally:
        loader.dispose()


class _Composer:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open: list[_Open] = []
        self._root: Node | None = None

    def compose(self, events: Iterator[_Event]) -> Node | None:
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._begin(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._end(event)
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.DocumentStartEvent() if self._root is not None:
                    self._findings.add(mistakes.second_document(_span(event)))
                    return self._root
        return self._root

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        plain = event.tag in _PLAIN_TAGS or (not event.style and event.tag is None)
        if not plain and event.tag is not None and event.tag not in _STRING_TAGS:
            self._findings.add(mistakes.unknown_tag(event.tag, _span(event)))
        value = resolve(event.value) if plain else event.value
        self._put(Scalar(value, event.value, _span(event), plain), 1, event.anchor)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._findings.add(mistakes.too_deep(_span(event), MAX_DEPTH))
            raise _Stop
        if event.tag is not None and event.tag not in _COLLECTION_TAGS:
            self._findings.add(mistakes.unknown_tag(event.tag, _span(event)))
        start = _span(event).start
        self._open.append(_Open(start, event.anchor, isinstance(event, yaml.MappingStartEvent)))

    def _end(self, event: _Event) -> None:
        opened = self._open.pop()
        span = Span(opened.start, _end_of(opened, event))
        node: Node
        if opened.is_mapping:
            node = Mapping(self._entries(opened.items), span)
        else:
            node = Sequence(tuple(opened.items), span)
        self._put(node, opened.node_count, opened.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        if name not in self._anchors:
            self._findings.add(mistakes.unknown_anchor(name, _span(event)))
            raise _Stop
        node, node_count = self._anchors[name]
        self._put(node, node_count, None)
        if sum(opened.node_count for opened in self._open) > MAX_NODES:
            self._findings.add(mistakes.too_many_aliases(_span(event), MAX_NODES))
            raise _Stop

    def _put(self, node: Node, node_count: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, node_count)
        if self._open:
            self._open[-1].items.append(node)
            self._open[-1].node_count += node_count
        else:
            self._root = node

    def _entries(self, items: list[Node]) -> tuple[Entry, ...]:
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._findings.add(mistakes.wrong_type("key", "a string", "a collection", key.span))
            elif key.plain and key.text == _MERGE_KEY:
                merged.append(value)
            elif first := entries.get(key.text):
                self._findings.add(mistakes.duplicate_key(key.text, key.span, first.key.span))
            else:
                entries[key.text] = Entry(key, value)
        for value in merged:
            self._merge(value, entries)
        return tuple(entries.values())

    def _merge(self, value: Node, entries: dict[str, Entry]) -> None:
        """Lay the keys of `<<: *anchor` under those that stand there; the first source wins."""
        sources = value.items if isinstance(value, Sequence) else (value,)
        for each in sources:
            if isinstance(each, Mapping):
                for entry in each.entries:
                    entries.setdefault(entry.key.text, entry)
            else:
                self._findings.add(
                    mistakes.wrong_type(
                        "<<", "a mapping or a list of them", "no mapping", each.span
                    )
                )


def _span(event: _Event) -> Span:
    start, end = event.start_mark, event.end_mark
    assert start and end  # libyaml marks every event
    return Span(_position(start.line, start.column), _position(end.line, end.column))


def _position(line: int, column: int) -> Position:
    """Return the place that libyaml means, which counts from 0."""
    return Position(line + 1, column + 1)


def _end_of(opened: _Open, event: _Event) -> Position:
    span = _span(event)
    # A block collection "ends" where the next token begins; its last value is its real end.
    return opened.items[-1].span.end if span.start == span.end and opened.items else span.end
