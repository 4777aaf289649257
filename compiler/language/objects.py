"""Mappings with known keys: tables of fields, and the shape of a value that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.shapes import NOTHING, TEXT, Shape
from compiler.record import Record
from compiler.source import Span
from compiler.syntax.nodes import Entry, Mapping, Node


class Field(Record):
    """One key."""

    name: str
    doc: str
    """What it means, in a sentence or two, for whoever writes it."""
    shape: Shape = TEXT
    required: bool = False
    alias: str = ""
    """A second spelling, with a hyphen."""
    default: str = ""
    """What is taken when the key is absent, in words."""
    unread: bool = False
    """Whether somebody else reads it, so that the table only knows its name."""

    @property
    def attribute(self) -> str:
        """Name in the tree: that of the key, in lower case with underscores."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in self.name)


class Table:
    """The keys of one kind of mapping."""

    def __init__(
        self,
        fields: Iterable[Field],
        *,
        is_open: bool = False,
        forbidden: Iterable[str] = (),
        input_key: str = "",
    ) -> None:
        """Know `fields`.

        An open table lets other keys pass, but for the `forbidden` ones. They have no effect,
        unless they are the input of a step that does not have it under `input_key`.
        """
        self.fields = {field.name: field for field in fields}
        self.is_open = is_open
        self.forbidden = frozenset(forbidden)
        self.input_key = input_key
        self._by_key = self.fields | {each.alias: each for each in self.fields.values()}
        self._required = tuple(each for each in self.fields.values() if each.required)
        self._attributes = {name: field.attribute for name, field in self.fields.items()}

    def field(self, key: str) -> Field | None:
        """Return the field that a key means, in either spelling."""
        return self._by_key.get(key) if key else None

    def read(
        self, body: Mapping, where: str, findings: Findings, *, place: Span | None = None
    ) -> Fields:
        """Read all fields of a mapping.

        Args:
            body: The mapping.
            where: What has the fields, for people.
            findings: Takes the mistakes.
            place: Where missing fields are told; None: at the start of the mapping.
        """
        entries: dict[str, Entry] = {}
        values: dict[str, Any] = {}
        for entry in body.entries:
            key = entry.key.text
            field = self.field(key)
            if field is None:
                if not self._is_input(entry, body):
                    self._tell_unknown(entry, where, findings)
            elif field.name in entries:
                self._tell_twice(field, entries[field.name], entry, findings)
            else:
                entries[field.name] = entry
                if not field.unread:
                    value = field.shape.read(field.name, entry.value, findings)
                    if value is not None and value is not NOTHING:
                        values[self._attributes[field.name]] = value
        missing = [field for field in self._required if field.name not in entries]
        for field in missing:
            findings.add(mistakes.missing_key(field.name, place or start_of(body.span), where))
        return Fields(values, entries, not missing and self._has_values(values))

    def _is_input(self, entry: Entry, body: Mapping) -> bool:
        is_free = entry.key.text not in self.forbidden and bool(self.input_key)
        return is_free and not body.get(self.input_key)

    def _tell_unknown(self, entry: Entry, where: str, findings: Findings) -> None:
        key = entry.key.text
        if self.is_open and key not in self.forbidden:
            findings.add(mistakes.unread_key(key, entry.key.span, self.fields, where))
        else:
            findings.add(mistakes.unknown_key(key, entry.key.span, self.fields, where))

    def _tell_twice(self, field: Field, first: Entry, second: Entry, findings: Findings) -> None:
        spellings = (first.key.text, second.key.text)
        findings.add(mistakes.two_spellings(spellings, field.name, second.key.span, first.key.span))

    def _has_values(self, values: dict[str, Any]) -> bool:
        """Whether all required fields are well-formed."""
        return all(
            field.unread or self._attributes[field.name] in values for field in self._required
        )


class Fields:
    """What was read of a mapping."""

    __slots__ = ("complete", "entries", "values")

    def __init__(self, values: dict[str, Any], entries: dict[str, Entry], complete: bool) -> None:
        self.values = values
        """Those that are well-formed, by attribute."""
        self.entries = entries
        """Where they stand, by name."""
        self.complete = complete
        """Whether all that are required are there and well-formed."""


class Object(Shape):
    """A mapping with known keys."""

    expected = "a mapping"

    def __init__(self, table: Table, make: Callable[..., Any]) -> None:
        """Give the values of `table` to `make`, by attribute."""
        self.table = table
        self._make = make

    def fits(self, node: Node) -> bool:
        """Whether it is a mapping."""
        return isinstance(node, Mapping)

    def _hint(self, what: str, node: Node) -> str:
        names = [f"`{name}`" for name in self.table.fields]
        return super()._hint(what, node) or f"its keys are {', '.join(names)}"

    def read(self, what: str, node: Node, findings: Findings) -> Any:  # noqa: ANN401  # of `make`
        """Return what was made of the values; None when a required one is missing."""
        if not isinstance(node, Mapping):
            self._refuse(what, node, findings)
            return None
        fields = self.table.read(node, f'"{what}"', findings, place=node.span)
        return self._make(**fields.values) if fields.complete else None


class MapOf(Shape):
    """A mapping with free keys whose values have one shape; read as pairs."""

    def __init__(self, value: Shape, *, at_least: int = 0) -> None:
        self.value = value
        self.at_least = at_least
        self.expected = "a mapping"

    def fits(self, node: Node) -> bool:
        """Whether it is a mapping."""
        return isinstance(node, Mapping)

    def read(
        self, what: str, node: Node, findings: Findings
    ) -> tuple[tuple[Entry, Any], ...] | None:
        """Return the entries and what was read of their values, in order."""
        if not isinstance(node, Mapping):
            self._refuse(what, node, findings)
            return None
        if len(node.entries) < self.at_least:
            findings.add(mistakes.too_few_items(what, self.at_least, node.span))
            return None
        pairs = (
            (entry, self.value.read(f"{what}.{entry.key.text}", entry.value, findings))
            for entry in node.entries
        )
        return tuple((entry, value) for entry, value in pairs if value is not None)


def start_of(span: Span) -> Span:
    """Return the place where something begins."""
    return Span(span.start, span.start)
