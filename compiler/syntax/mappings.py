"""Pairs keys with values, and lays out what `<<: *anchor` brings, as js-yaml 4 does."""

from __future__ import annotations

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.syntax.nodes import Entry, Mapping, Node, Scalar, Sequence

_MERGE_KEY = "<<"


def entries_of(items: list[Node], findings: Findings) -> tuple[Entry, ...]:
    """Return the entries of a mapping whose keys and values come in turn.

    Merged keys stand where `<<` stands, and give way to those that are written out.
    """
    entries: dict[str, Entry] = {}
    merged: set[str] = set()
    for key, value in zip(items[::2], items[1::2], strict=True):
        if type(key) is not Scalar:
            findings.add(mistakes.collection_as_key(key.span))
            continue
        name = key.text
        if name == _MERGE_KEY and key.plain:
            merged |= _merge(value, entries, findings)
        elif name not in entries:
            entries[name] = Entry(key, value)
        elif name in merged:
            entries[name] = Entry(key, value)
            merged.remove(name)
        else:
            findings.add(mistakes.duplicate_key(name, key.span, entries[name].key.span))
    return tuple(entries.values())


def _merge(value: Node, entries: dict[str, Entry], findings: Findings) -> set[str]:
    """Add the keys of the mappings of `value` that are not there yet; return them."""
    added = set()
    for each in value.items if isinstance(value, Sequence) else (value,):
        if not isinstance(each, Mapping):
            expected = "a mapping or a list of them"
            findings.add(mistakes.wrong_type(_MERGE_KEY, expected, "no mapping", each.span))
            continue
        for entry in each.entries:
            if entry.key.text not in entries:
                entries[entry.key.text] = entry
                added.add(entry.key.text)
    return added
