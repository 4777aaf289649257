"""Walks the tables of the language: which fields there are, and which a document uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.language.objects import Field, MapOf, Table
from compiler.language.shapes import ListOf, Nullable, OneOf, Parsed, Shape
from compiler.language.tables import PLUGIN, STEP_TYPES
from compiler.language.tables.hooks import HOOK_EXEC, HOOK_STEPS, HOOKS
from compiler.language.tables.root import ROOT
from compiler.syntax.nodes import Mapping, Node, Scalar, Sequence

TABLES = {
    "the pipeline": ROOT,
    "hooks": HOOKS,
    "hooks with exec": HOOK_EXEC,
    "hooks with steps": HOOK_STEPS,
    **{name: table for name, (table, _) in STEP_TYPES.items()},
}
"""The tables that others are parts of, by what has their fields."""


def table_of_type(type_name: str) -> Table:
    """Return the keys of a step of that type."""
    return STEP_TYPES[type_name][0] if type_name in STEP_TYPES else PLUGIN


def table_of(shape: Shape) -> Table | None:
    """Return the keys of the mapping that a shape reads; None: it reads something else."""
    table = getattr(shape, "table", None)
    return table if isinstance(table, Table) else None


def inner_shapes(shape: Shape) -> tuple[Shape, ...]:
    """Return the shapes that a shape is made of, without those of its table."""
    match shape:
        case OneOf():
            return shape.shapes
        case ListOf():
            return (shape.item,)
        case MapOf():
            return (shape.value,)
        case Nullable() | Parsed():
            return (shape.shape,)
        case _:
            return ()


def all_fields() -> dict[str, Field]:
    """Return every field of every table, each once, by a path that tells where it belongs."""
    found: dict[int, str] = {}
    fields: dict[str, Field] = {}
    for where, table in TABLES.items():
        for path, field in _fields_below(where, table):
            if id(field) not in found:
                found[id(field)] = path
                fields[path] = field
    return fields


def _fields_below(where: str, table: Table) -> Iterator[tuple[str, Field]]:
    for field in table.fields.values():
        path = f"{where}: {field.name}"
        yield path, field
        for inner in _tables_below(field.shape):
            yield from _fields_below(path, inner)


def _tables_below(shape: Shape) -> Iterator[Table]:
    table = table_of(shape)
    if table is not None:
        yield table
    for inner in inner_shapes(shape):
        yield from _tables_below(inner)


def used_fields(document: Node | None) -> Iterator[Field]:
    """Yield the fields that are written in a pipeline."""
    if isinstance(document, Mapping):
        yield from _used_in_table(ROOT, document)
        for key, value in entries_below(document):
            yield from _used_beside_tables(key, value)


def types_of(document: Node | None) -> Iterator[str]:
    """Yield the types of the steps in a pipeline."""
    for key, value in entries_below(document):
        yield from (_type_of(step) for step in _steps(key, value))


def entries_below(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield all keys of a tree with their values."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield entry.key.text, entry.value
            yield from entries_below(entry.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from entries_below(item)


def _used_beside_tables(key: str, value: Node) -> Iterator[Field]:
    """Yield fields of steps and hooks, which tables leave to who reads them."""
    for step in _steps(key, value):
        yield from _used_in_table(table_of_type(_type_of(step)), step)
        arguments = step.get("arguments")
        if arguments and isinstance(arguments.value, Mapping):
            yield from _used_in_table(table_of_type(_type_of(step)), arguments.value)
    if key == "hooks" and isinstance(value, Mapping):
        yield from _used_in_table(HOOKS, value)
        for hook in _mappings(value):
            yield from _used_in_table(HOOK_EXEC, hook)
            yield from _used_in_table(HOOK_STEPS, hook)


def _steps(key: str, value: Node) -> Iterable[Mapping]:
    """Return the steps that a key holds: one, or several by name."""
    if not isinstance(value, Mapping):
        return ()
    if key == "steps":
        return _mappings(value)
    if key == "exec":
        return (value,)
    return _mappings(value) if key == "hooks" else ()


def _mappings(node: Mapping) -> list[Mapping]:
    return [each.value for each in node.entries if isinstance(each.value, Mapping)]


def _type_of(step: Mapping) -> str:
    entry = step.get("type")
    if entry is None or not isinstance(entry.value, Scalar):
        return "freestyle"
    return entry.value.text.partition(":")[0]


def _used_in_table(table: Table, node: Mapping) -> Iterator[Field]:
    by_key = table.fields | {each.alias: each for each in table.fields.values()}
    for entry in node.entries:
        field = by_key.get(entry.key.text)
        if field is not None:
            yield field
            yield from _used_in_shape(field.shape, entry.value)


def _used_in_shape(shape: Shape, node: Node) -> Iterator[Field]:
    table = table_of(shape)
    if table is not None and isinstance(node, Mapping):
        yield from _used_in_table(table, node)
    parts: Iterable[Node] = (node,)
    if isinstance(shape, ListOf):
        parts = node.items if isinstance(node, Sequence) else ()
    elif isinstance(shape, MapOf):
        parts = [each.value for each in node.entries] if isinstance(node, Mapping) else ()
    for inner in inner_shapes(shape):
        for part in parts:
            if inner.fits(part):
                yield from _used_in_shape(inner, part)
