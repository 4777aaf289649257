"""Proposals of keys."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.language.grammar import StepShape
from compiler.language.objects import Field, MapOf, Object
from compiler.language.shapes import Collection, ListOf
from compiler.language.tables.containers import Probe, Services
from compiler.lsp.places import Place, fields_at, place_of, shapes_at
from compiler.lsp.proposals import Kind, Proposal
from compiler.syntax.outline import Cursor, Item, Outline

_MAPPINGS = (Collection, MapOf, Object, Probe, Services, StepShape)


def proposed_keys(outline: Outline, cursor: Cursor, place: Place) -> Iterator[Proposal]:
    """Yield the keys that are not there yet, those that must be there first."""
    fields = fields_at(place)
    written = {each.key for each in place.item.children if each.key and each.start != cursor.start}
    free = [f for f in fields.values() if f.name not in written and f.alias not in written]
    partial = any(isinstance(shape, StepShape) and shape.partial for shape in place.shapes)
    for field in sorted(free, key=lambda field: partial or not field.required):
        yield _key(outline, cursor, place, field)


def _key(outline: Outline, cursor: Cursor, place: Place, field: Field) -> Proposal:
    has_colon = outline.text[cursor.end :].lstrip(" ").startswith(":")
    following = "" if has_colon else _after_key(place, field, in_flow=cursor.in_flow)
    return Proposal(
        label=field.name,
        kind=Kind.KEY,
        start=cursor.start,
        end=cursor.end,
        insert=field.name + following,
        detail="required" if field.required else "",
        doc=field_doc(field),
    )


def _after_key(place: Place, field: Field, *, in_flow: bool) -> str:
    """Return what comes between a key and its value, of whose forms the first is the usual one."""
    if in_flow:
        return ": "
    item = Item(place.item, -1, -1, listed=False)
    item.key = field.name
    usual, *_ = (*shapes_at(place_of((*place.item.path, item))), None)
    if isinstance(usual, ListOf):
        return ":\n  - "
    return ":\n  " if isinstance(usual, _MAPPINGS) else ": "


def field_doc(field: Field) -> str:
    """Return what a field means, as Markdown."""
    parts = [field.doc, f"Default: {field.default}." if field.default else ""]
    return "\n\n".join(part for part in parts if part)
