"""Composes a tree from libyaml's events, with the place of every key and value.

PyYAML's own composers refuse an anchor that is defined again, know no bounds and recurse. Here the
depth and what aliases repeat are bounded, and nothing recurses.
"""

from __future__ import annotations

from collections.abc import Callable

from yaml import CBaseLoader
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.source import Source, Span
from compiler.syntax.mappings import entries_of
from compiler.syntax.nodes import Mapping, Node, Scalar, Sequence
from compiler.syntax.scalars import resolve

MAX_DEPTH = 100
MAX_REPEATED = 200_000
"""How many values the aliases of a file may repeat."""
_TAG_PREFIX = "tag:yaml.org,2002:"
_STRING_TAGS = frozenset({"!", f"{_TAG_PREFIX}str"})
_TAG_TYPES: dict[str, tuple[type, ...]] = {
    f"{_TAG_PREFIX}null": (type(None),),
    f"{_TAG_PREFIX}bool": (bool,),
    f"{_TAG_PREFIX}int": (int,),
    f"{_TAG_PREFIX}float": (float, int),
    f"{_TAG_PREFIX}str": (str,),
    f"{_TAG_PREFIX}map": (MappingStartEvent,),
    f"{_TAG_PREFIX}seq": (SequenceStartEvent,),
}
"""What stands behind a tag: the type of a scalar's value, or the event of a collection."""
_BLOCK_STYLES = frozenset("|>")


class _Stop(Exception):
    """A mistake after which nothing can be read."""


def read_yaml(source: Source, findings: Findings) -> Node | None:
    """Return the document of `source`; None when it is empty or cannot be read."""
    composer = _Composer(source, findings)
    try:
        return composer.compose()
    except MarkedYAMLError as error:
        from compiler.syntax.yaml_errors import explained  # few files have need of it

        findings.add(explained(source, error, composer.last_scalar))
    except ReaderError as error:
        # libyaml counts bytes here, and characters everywhere else.
        before = source.text.encode()[: int(error.position)].decode(errors="ignore")
        place = source.position(len(before))
        findings.add(mistakes.not_text(Span(place, place), "this character is not allowed in YAML"))
    except _Stop:
        pass
    return None


class _Open:
    """A mapping or a sequence whose end has not come yet."""

    __slots__ = ("count_before", "event", "items")

    def __init__(self, event: CollectionStartEvent, count_before: int) -> None:
        self.event = event
        self.count_before = count_before
        """How many values were in collections that had ended when this one began."""
        self.items: list[Node] = []


class _Composer:
    def __init__(self, source: Source, findings: Findings) -> None:
        self._source = source
        self._findings = findings
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open: list[_Open] = []
        self._items: list[Node] = []
        """Those of the innermost open collection, or the documents."""
        self._documents = self._items
        self._count = 0
        self._repeated = 0

    def compose(self) -> Node | None:
        text = self._source.text
        # js-yaml reads a block scalar at the end as if its last line were ended.
        next_event = CBaseLoader(text if text.endswith("\n") else f"{text}\n").get_event
        while (event := next_event()) is not None:
            if type(event) is ScalarEvent:  # every other event, and the hot path
                self._items.append(self._scalar(event))
            elif handle := _HANDLERS.get(type(event)):
                handle(self, event)
            elif type(event) is DocumentStartEvent and self._documents:
                self._findings.add(mistakes.second_document(_span(event, event)))
                break
        return self._in_text(self._documents[0]) if self._documents else None

    def _in_text(self, root: Node) -> Node:
        """Return the root; an empty one, which libyaml puts behind the text, stands at its end."""
        if not isinstance(root, Scalar) or root.span.start <= (end := self._source.end):
            return root
        return Scalar(root.value, root.text, Span(end, end), root.plain)

    @property
    def last_scalar(self) -> Scalar | None:
        """The value that was read last, unless a collection was."""
        last = self._items[-1] if self._items else None
        return last if isinstance(last, Scalar) else None

    def _scalar(self, event: ScalarEvent) -> Scalar:
        text, tag, style = event.value, event.tag, event.style
        plain = not style if tag is None else tag not in _STRING_TAGS
        value = resolve(text) if plain else text
        span = _span(event, event)
        if style and style in _BLOCK_STYLES:
            span = Span(span.start, min(span.end, self._source.end))
        scalar = Scalar(value, text, span, plain, self._source)
        if tag is not None:
            self._check_tag(event, tag, type(value))
        if event.anchor is not None:
            self._anchors[event.anchor] = (scalar, 1)
        return scalar

    def _check_tag(self, event: Event, tag: str, kind: type) -> None:
        if tag not in _TAG_TYPES and tag != "!":
            self._findings.add(mistakes.unknown_tag(tag, _span(event, event)))
        elif tag != "!" and kind not in _TAG_TYPES[tag]:
            self._findings.add(mistakes.unfitting_tag(tag, _span(event, event)))

    def _begin(self, event: CollectionStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._findings.add(mistakes.too_deep(_span(event, event), MAX_DEPTH))
            raise _Stop
        if event.tag is not None:
            self._check_tag(event, event.tag, type(event))
        self._open.append(_Open(event, self._count))
        self._items = self._open[-1].items

    def _end_mapping(self, event: Event) -> None:
        opened = self._open.pop()
        entries = entries_of(opened.items, self._findings)
        self._put(Mapping(entries, _whole(opened, event)), opened)

    def _end_sequence(self, event: Event) -> None:
        opened = self._open.pop()
        self._put(Sequence(tuple(opened.items), _whole(opened, event)), opened)

    def _put(self, node: Node, opened: _Open) -> None:
        self._count += len(opened.items)
        if opened.event.anchor is not None:
            size = self._count - opened.count_before + 1
            self._anchors[opened.event.anchor] = (node, size)
        self._items = self._open[-1].items if self._open else self._documents
        self._items.append(node)

    def _alias(self, event: AliasEvent) -> None:
        name = event.anchor or ""
        if name not in self._anchors:
            self._findings.add(mistakes.unknown_anchor(name, _span(event, event)))
            raise _Stop
        node, size = self._anchors[name]
        self._items.append(node)
        self._count += size - 1  # one of them is counted when its collection ends
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            self._findings.add(mistakes.too_many_aliases(_span(event, event), MAX_REPEATED))
            raise _Stop


_HANDLERS: dict[type, Callable[..., None]] = {
    MappingStartEvent: _Composer._begin,
    SequenceStartEvent: _Composer._begin,
    MappingEndEvent: _Composer._end_mapping,
    SequenceEndEvent: _Composer._end_sequence,
    AliasEvent: _Composer._alias,
}


def _span(first: Event, last: Event) -> Span:
    start, end = first.start_mark, last.end_mark
    assert start and end  # libyaml marks every event
    return tuple.__new__(Span, (start.line, start.column, end.line, end.column))


def _whole(opened: _Open, event: Event) -> Span:
    """Return the place of a collection that `event` ends."""
    span = _span(opened.event, event)
    end = event.start_mark
    if end and opened.items and (end.line, end.column) == span[2:]:
        # A block collection "ends" where the next token begins; its last value is its real end.
        return tuple.__new__(Span, span[:2] + opened.items[-1].span[2:])
    return span
