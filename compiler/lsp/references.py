"""What a word of a pipeline refers to."""

from __future__ import annotations

from compiler.lsp.places import place_of
from compiler.lsp.steps import service_sets_in, stages_in, step_named
from compiler.lsp.values import MEMBERS_OF_BLOCK, WAITS
from compiler.record import Record
from compiler.syntax.outline import Item, Outline, hole_at

_NAMESPACES = frozenset({"steps", "parentSteps"})


class Reference(Record):
    """A word that refers to something."""

    start: int
    end: int
    target: Item | None
    """What it refers to, where that stands in the pipeline."""
    names: tuple[str, ...] = ()
    """For a hole: what stands in it between dots, without `steps`."""


def reference_at(outline: Outline, offset: int) -> Reference | None:
    """Return the reference that a place is in."""
    hole = hole_at(outline.text, offset)
    if hole:
        return _of_hole(outline, hole.start, hole.end)
    item = outline.item_at(offset)
    if not item.text or not item.value_start <= offset <= item.value_end:
        return None
    target = _target(outline, item)
    if target is None:
        return None
    return Reference(start=item.value_start, end=item.value_end, target=target)


def _of_hole(outline: Outline, start: int, end: int) -> Reference:
    body = outline.text[start:end]
    names = tuple(body.strip().split("."))
    if names[0] in _NAMESPACES and len(names) > 1:
        names = names[1:]
    target = step_named(outline.root, names[0])
    return Reference(start=start, end=end, target=target, names=names)


def _target(outline: Outline, item: Item) -> Item | None:
    """Return what the whole value of an item refers to."""
    if item.text.startswith("*"):
        return outline.anchors.get(item.text[1:])
    place = place_of(item.path)
    if place.field is None:
        return None
    if place.keys in WAITS | MEMBERS_OF_BLOCK:
        return step_named(outline.root, item.text)
    named: tuple[Item, ...] = ()
    if place.step and place.keys == ("stage",):
        named = stages_in(outline.root)
    elif place.step and place.keys == ("services",):
        named = service_sets_in(outline.root)
    return next((each for each in named if each.text == item.text), None)
