"""Proposals of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.language.grammar import TYPE_DOCS, table_of
from compiler.language.shapes import Boolean, Shape, String
from compiler.lsp.names import Names
from compiler.lsp.places import Place, shapes_at
from compiler.lsp.proposals import Kind, Proposal
from compiler.lsp.steps import (
    inner_steps,
    makes_image,
    pipeline_in,
    service_sets_in,
    stages_in,
    steps_in,
    type_of,
)
from compiler.syntax.outline import Cursor, Item, Outline, Role

IMAGES = frozenset({("candidate",), ("candidate", "image"), ("image",)})
"""Fields that hold the image of a step."""
DIRECTORIES = frozenset({("working_directory",)})
"""Fields that hold the directory of a step."""
_REGISTRIES = frozenset(
    {("registry",), ("registry_context",), ("registry_contexts",), ("candidate", "registry")}
)
WAITS = frozenset(
    ("when", "steps", *rest) for rest in (("name",), ("all", "name"), ("any", "name"))
)
MEMBERS_OF_BLOCK = frozenset(
    ("success_criteria", "steps", *rest) for rest in ((), ("only",), ("ignore",))
)


def proposed_values(
    outline: Outline, cursor: Cursor, place: Place, names: Names
) -> Iterator[Proposal]:
    """Yield values: choices, types of steps, and names of what is defined elsewhere."""
    if cursor.role is Role.KEY and place.item.children:
        return  # a mapping or a list has begun
    if place.keys == ("type",) and place.step:
        yield from _types(cursor, place)
        return
    for label, kind, doc in _named(outline, place, names):
        yield _value(cursor, _written(outline, cursor, label), kind, doc)
    for shape in shapes_at(place):
        for label in _choices(shape):
            yield _value(cursor, label, Kind.VALUE, "")


def _value(cursor: Cursor, label: str, kind: Kind, doc: str) -> Proposal:
    return Proposal(
        label=label, kind=kind, start=cursor.start, end=cursor.end, insert=label, doc=doc
    )


def _written(outline: Outline, cursor: Cursor, name: str) -> str:
    """Return a name as YAML has it: between brackets, braces need quotes."""
    quoted = outline.text[cursor.start - 1 : cursor.start] in ('"', "'")
    return f"'{name}'" if cursor.in_flow and "{" in name and not quoted else name


def _choices(shape: Shape) -> tuple[str, ...]:
    match shape:
        case String():
            return shape.choices
        case Boolean():
            return ("true", "false")
        case _:
            return ()


def _named(outline: Outline, place: Place, names: Names) -> Iterator[tuple[str, Kind, str]]:
    """Yield names that the field takes, with what they are."""
    keys, root = place.keys, outline.root
    if place.field is None:
        return
    if keys in WAITS:
        yield from _steps(step for step in steps_in(root) if step is not place.step)
    elif keys in MEMBERS_OF_BLOCK:
        yield from _steps(inner_steps(place.step or pipeline_in(root)))
    elif keys in IMAGES | DIRECTORIES:
        for step in referable_steps(outline, place):
            yield f"${{{{{step.key}}}}}", Kind.STEP, step_doc(step)
    elif place.step and keys == ("stage",):
        yield from ((item.text, Kind.VALUE, "") for item in stages_in(root))
    elif place.step and keys == ("services",):
        yield from ((item.text, Kind.VALUE, "") for item in service_sets_in(root))
    else:
        yield from ((name, Kind.VALUE, "") for name in _of_account(keys, names))


def _of_account(keys: tuple[str, ...], names: Names) -> tuple[str, ...]:
    if keys in _REGISTRIES:
        return names.registries
    if keys == ("git",):
        return names.git
    return names.clusters if keys == ("cluster",) else ()


def _steps(steps: Iterable[Item]) -> Iterator[tuple[str, Kind, str]]:
    return ((step.key, Kind.STEP, step_doc(step)) for step in steps)


def referable_steps(outline: Outline, place: Place) -> list[Item]:
    """Return the steps that a field can refer to; only some have an image."""
    steps = [step for step in steps_in(outline.root) if step is not place.step]
    return [step for step in steps if makes_image(step)] if place.keys in IMAGES else steps


def step_doc(step: Item) -> str:
    """Return what a step is, as Markdown."""
    kind = type_of(step)
    return f"A step of type `{kind}`. {TYPE_DOCS.get(kind, '')}".strip()


def _types(cursor: Cursor, place: Place) -> Iterator[Proposal]:
    written = place.step.keys if place.step else frozenset()
    for name, doc in TYPE_DOCS.items():
        missing = [
            field
            for field in table_of(name).fields.values()
            if field.required and field.name not in written and field.alias not in written
        ]
        lines = [f"{each.name}: ${at}" for at, each in enumerate(missing, start=1)]
        yield Proposal(
            label=name,
            kind=Kind.VALUE,
            start=cursor.start,
            end=cursor.end,
            insert=name,
            snippet="\n".join([name, *lines]) if lines else "",
            detail=f"needs {', '.join(each.name for each in missing)}" if missing else "",
            doc=doc,
        )
