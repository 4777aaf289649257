"""What something in a pipeline means."""

from __future__ import annotations

from compiler.language.grammar import TYPE_DOCS, plain_type
from compiler.language.objects import Field
from compiler.language.shapes import Nullable, OneOf, Parsed, Shape, String
from compiler.language.variables import SYSTEM_VARIABLES
from compiler.lsp.holes import members_of
from compiler.lsp.keys import field_doc
from compiler.lsp.places import place_of
from compiler.lsp.references import Reference, reference_at
from compiler.lsp.values import step_doc
from compiler.record import Record
from compiler.syntax.outline import Item, Outline


class Explained(Record):
    """What is said of a part of the text."""

    text: str
    """Markdown."""
    start: int
    end: int


def hover(outline: Outline, offset: int) -> Explained | None:
    """Return what stands at a place means; None when there is nothing to say."""
    reference = reference_at(outline, offset)
    if reference:
        return _of_reference(reference)
    item = outline.item_at(offset)
    if item.key and item.start <= offset <= item.key_end:
        return _of_key(item)
    if item.value_start <= offset <= item.value_end:
        return _of_value(item)
    return None


def _of_reference(reference: Reference) -> Explained | None:
    text = _reference_text(reference)
    return Explained(text=text, start=reference.start, end=reference.end) if text else None


def _reference_text(reference: Reference) -> str:
    names, step = reference.names, reference.target
    if names and step:
        member = ".".join(names[1:])
        doc = members_of(step).get(member) or members_of(step).get(names[-1], "")
        return "\n\n".join(each for each in (f"**{step.key}**", step_doc(step), doc) if each)
    if names:
        doc = SYSTEM_VARIABLES.get(names[0], "")
        return f"**{names[0]}**\n\n{doc}" if doc else ""
    if step and step.key and place_of(step.path).step is step:
        return f"**{step.key}**\n\n{step_doc(step)}"
    return ""


def _of_key(item: Item) -> Explained | None:
    place = place_of(item.path)
    if place.field:
        text = _field_text(place.field)
    elif place.step is item:
        text = f"**{item.key}**\n\n{step_doc(item)}"
    else:
        return None
    return Explained(text=text, start=item.start, end=item.key_end)


def _of_value(item: Item) -> Explained | None:
    place = place_of(item.path)
    doc = TYPE_DOCS.get(plain_type(item.text), "")
    if place.step is None or place.keys != ("type",) or not doc:
        return None
    text = f"**{plain_type(item.text)}**\n\n{doc}"
    return Explained(text=text, start=item.value_start, end=item.value_end)


def _field_text(field: Field) -> str:
    title = f"**{field.name}**" + (" (required)" if field.required else "")
    choices = ", ".join(f"`{each}`" for each in _choices(field.shape))
    parts = [title, field_doc(field), f"One of {choices}." if choices else ""]
    return "\n\n".join(part for part in parts if part)


def _choices(shape: Shape) -> tuple[str, ...]:
    match shape:
        case String():
            return shape.choices
        case Parsed() | Nullable():
            return _choices(shape.shape)
        case OneOf():
            return tuple(choice for each in shape.shapes for choice in _choices(each))
        case _:
            return ()
