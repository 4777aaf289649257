"""The language as a JSON Schema (draft-07), which editors check and complete YAML by.

It is made from the same tables as the checks are. It knows form and not meaning: whether a step or
a stage of a name is there, `freshet check` tells.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.language import grammar
from compiler.language.objects import Field, MapOf, Object, Table
from compiler.language.shapes import (
    Anything,
    Boolean,
    Collection,
    ListOf,
    Nullable,
    Numeric,
    OneOf,
    Parsed,
    Shape,
    String,
)
from compiler.language.tables import STEP_TYPES
from compiler.language.tables.common import FIELDS, TimeLimit
from compiler.language.tables.containers import Probe, Services
from compiler.language.tables.expansions import EXPANSIONS, SCALE
from compiler.language.tables.hooks import NOT_IN_HOOKS
from compiler.language.tables.notes import ANNOTATION_LIST, AnnotationList, ImageMetadataList

Schema = dict[str, Any]

_HOLE = r"^\s*\$\{\{.+\}\}\s*$"
_WORDS = (
    r"^(?:[Tt][Rr][Uu][Ee]|[Yy][Ee][Ss]|[Oo][Nn]|1|[Ff][Aa][Ll][Ss][Ee]|[Nn][Oo]|[Oo][Ff][Ff]|0)$"
)
_QUOTED_NUMBER = r"^\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*$"
_STEP_NAMES = {"pattern": r"^[^.#$\[\]]+$", "maxLength": 150}
_ANNOTATION_NAMES = {"pattern": "^[A-Za-z0-9_]+$"}
_PLUGIN = "a catalogue"
_COMMON = frozenset({*FIELDS, *EXPANSIONS} - {SCALE})
"""Fields of many tables, each described once."""


def pipeline_schema() -> Schema:
    """Return the schema of a whole file."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "codefresh.yml",
        "description": "A pipeline of steps, in version 1.0 of the language.",
        "if": {"required": ["kind"], "properties": {"kind": {"const": "pipeline"}}},
        "then": {"$ref": "#/definitions/resource"},
        "else": {"$ref": "#/definitions/pipeline"},
        "definitions": dict(_definitions()),
    }


def _definitions() -> Iterator[tuple[str, Schema]]:
    yield "pipeline", _object(grammar.PIPELINE.table) | {"required": ["version", "steps"]}
    yield "spec", _object(grammar.PIPELINE.table) | {"additionalProperties": True}
    yield "resource", _resource()
    yield "step", _step()
    yield "hook", _hook()
    yield "work", _work()
    refused = dict.fromkeys(sorted(NOT_IN_HOOKS), False)
    yield "step-of-hook", {"allOf": [_reference("step")], "properties": refused}
    yield "steps-of-hook", _object(grammar.STEPS_OF_HOOK.table)
    yield "exec-of-hook", _object(grammar.EXEC_OF_HOOK.table)
    yield "notes", _annotations()
    yield "type", _type()
    for field in (*FIELDS, *EXPANSIONS):
        if field in _COMMON and field.name != "type":
            yield field.name, _described(field)
    for step_type in (*STEP_TYPES, _PLUGIN):
        yield _keys_name(step_type), _keys_of(step_type)
        yield _step_name(step_type), _whole_step(step_type)


def _resource() -> Schema:
    schema = _object(grammar.RESOURCE.table)
    schema["properties"]["spec"] = {"$ref": "#/definitions/spec"}
    return schema


# Steps


def _step() -> Schema:
    """Return the schema of a step, whose type decides which keys it has."""
    known = "|".join(STEP_TYPES)
    other = {"type": {"not": {"type": "string", "pattern": f"^(?:{known})(?::|$)"}}}
    return {
        "type": "object",
        "allOf": [
            {
                "if": {"not": {"required": ["type"]}},
                "then": {"$ref": f"#/definitions/{_step_name('freestyle')}"},
            },
            *({"if": _is_of(each), "then": _reference(_step_name(each))} for each in STEP_TYPES),
            {
                "if": {"required": ["type"], "properties": other},
                "then": _reference(_step_name(_PLUGIN)),
            },
        ],
    }


def _is_of(step_type: str) -> Schema:
    pattern = f"^{re.escape(step_type)}(?::|$)"
    return {
        "required": ["type"],
        "properties": {"type": {"type": "string", "pattern": pattern}},
    }


def _keys_of(step_type: str) -> Schema:
    """Return the keys of a step: of a whole one, of `arguments`, or of an entry of `scale`."""
    table = grammar.table_of(step_type)
    keys = _reference(_keys_name(step_type))
    properties = _properties(grammar.fields_of(step_type).values(), table.forbidden)
    if grammar.takes_arguments(step_type):
        properties["arguments"] = {"if": {"type": "object"}, "then": keys}
    properties["scale"] = _noted(SCALE, _map_of({"if": _has("type"), "else": keys}))
    excluding = _excluding_spellings(table.fields.values())
    if "success_criteria" not in table.fields:
        excluding["success_criteria"] = _any(_has("scale"), _has("matrix"))
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": table.is_open,
        "dependencies": excluding,
    }


def _whole_step(step_type: str) -> Schema:
    """Return the keys with those that must be there, possibly in `arguments` or by `scale`."""
    table = grammar.table_of(step_type)
    required = [field for field in table.fields.values() if field.required]
    keys = _reference(_keys_name(step_type))
    if not required:
        return keys
    return {
        "allOf": [keys],
        "if": _any(_has("scale"), _has("matrix")),
        "else": {
            "if": _has("arguments"),
            "then": {"allOf": [_any(_present(each), _in_arguments(each)) for each in required]},
            "else": _all(_present(each) for each in required),
        },
    }


def _in_arguments(field: Field) -> Schema:
    return {"properties": {"arguments": _present(field)}}


def _present(field: Field) -> Schema:
    return _any(_has(field.name), _has(field.alias)) if field.alias else _has(field.name)


def _type() -> Schema:
    known = [{"const": name, "description": doc} for name, doc in grammar.TYPE_DOCS.items()]
    field = grammar.table_of("freestyle").fields["type"]
    return _noted(field, {"anyOf": [*known, {"type": "string", "minLength": 1}]})


# Hooks


def _hook() -> Schema:
    notes = {"propertyNames": {"enum": ["metadata", "annotations"]}}
    with_exec = _any(_has("exec"), notes)
    return {
        "if": {"type": "object", "minProperties": 1, **with_exec},
        "then": _reference("exec-of-hook"),
        "else": _reference("work"),
    }


def _work() -> Schema:
    """Return what a hook runs: commands, several steps, or one."""
    several = {"type": "object", **_has("steps")}
    one = _reference("step-of-hook")
    return {
        "if": {"type": "array"},
        "then": _of_shape(grammar.COMMANDS),
        "else": {"if": several, "then": _reference("steps-of-hook"), "else": one},
    }


# Tables


def _object(table: Table) -> Schema:
    required = [field for field in table.fields.values() if field.required]
    return {
        "type": "object",
        "properties": _properties(table.fields.values(), table.forbidden),
        "additionalProperties": table.is_open,
        **(_all(_present(each) for each in required) if required else {}),
    }


def _properties(fields: Iterable[Field], forbidden: Iterable[str]) -> Schema:
    properties: Schema = {}
    for field in fields:
        schema = _reference(field.name) if field in _COMMON else _described(field)
        properties[field.name] = schema
        if field.alias:
            properties[field.alias] = schema
    return properties | dict.fromkeys(forbidden, False)


def _excluding_spellings(fields: Iterable[Field]) -> Schema:
    return {field.alias: {"not": _has(field.name)} for field in fields if field.alias}


def _described(field: Field) -> Schema:
    return _noted(field, _of_shape(grammar.shape_of(field)))


def _noted(field: Field, schema: Schema) -> Schema:
    """Return a schema with what people should know of the field."""
    parts = [field.doc, f"Default: {field.default}." if field.default else ""]
    notes: Schema = {"description": " ".join(part for part in parts if part)}
    literal = _literal(field.default)
    if literal is not None:
        notes["default"] = literal
    return notes | ({"allOf": [schema]} if "$ref" in schema else schema)


def _literal(default: str) -> str | int | bool | None:
    """Return a default as a value; None where it is told in words."""
    if default.isdecimal():
        return int(default)
    match = re.fullmatch("`([^`]+)`", default)
    if match is None or match[1].startswith("["):
        return None
    return {"true": True, "false": False}.get(match[1], match[1].strip("'"))


# Shapes


def _of_shape(shape: Shape) -> Schema:
    match shape:
        case grammar.VersionShape():
            return _any({"const": 1}, {"type": "string", "pattern": f"^(?:{shape.pattern})$"})
        case grammar.StepShape():
            return _reference("step-of-hook" if shape.in_hook else "step")
        case grammar.HookShape():
            return _reference("hook" if shape.notes else "work")
        case Object() | Probe() | Services():
            return _object(shape.table)
        case MapOf():
            return _map(shape)
        case ListOf():
            return _list(shape)
        case OneOf():
            return _any(*(_of_shape(each) for each in shape.shapes))
        case Nullable():
            return _any(_of_shape(shape.shape), {"type": "null"})
        case Parsed():
            return _of_shape(shape.shape)
        case AnnotationList():
            return _reference("notes")
        case ImageMetadataList():
            return {"type": "array", "items": _map_of(_reference("notes"))}
        case _:
            return _of_scalar(shape)


def _of_scalar(shape: Shape) -> Schema:
    match shape:
        case String():
            return _string(shape)
        case Boolean():
            return _boolean(shape)
        case Numeric():
            return _number(shape)
        case Collection():
            return _collection(shape)
        case Anything() | TimeLimit():
            return {}
        case _:
            raise AssertionError(type(shape))  # whoever adds a shape teaches it here


def _string(shape: String) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1}
    if shape.choices:
        schema["enum"] = list(shape.choices)
    if shape.pattern:
        schema["pattern"] = f"^(?:{shape.pattern})$"
    return schema


def _boolean(shape: Boolean) -> Schema:
    ways: list[Schema] = [{"type": "boolean"}]
    if shape.words:
        ways += [{"type": "string", "pattern": _WORDS}, {"enum": [0, 1]}]
    if shape.holes:
        ways.append({"type": "string", "pattern": _HOLE})
    return _any(*ways)


def _number(shape: Numeric) -> Schema:
    schema: Schema = {"type": "integer" if shape.whole else "number"}
    if shape.minimum == 0 and not shape.whole:
        schema["exclusiveMinimum"] = 0
    elif math.isfinite(shape.minimum):
        schema["minimum"] = shape.minimum
    if math.isfinite(shape.maximum):
        schema["maximum"] = shape.maximum
    return _any(schema, {"type": "string", "pattern": _QUOTED_NUMBER})


def _collection(shape: Collection) -> Schema:
    types = [
        "object",
        *(["array"] if shape.or_list else []),
        *(["string"] if shape.or_text else []),
    ]
    return {"type": types if len(types) > 1 else "object"}


def _list(shape: ListOf) -> Schema:
    schema: Schema = {"type": "array", "items": _of_shape(shape.item)}
    return schema | ({"minItems": shape.at_least} if shape.at_least else {})


def _map(shape: MapOf) -> Schema:
    schema = _map_of(_of_shape(shape.value))
    if isinstance(shape.value, grammar.StepShape):
        schema["propertyNames"] = _STEP_NAMES
    return schema | ({"minProperties": shape.at_least} if shape.at_least else {})


def _annotations() -> Schema:
    """Return a list of notes: keys, or keys with values or conditions."""
    condition = {
        "type": "object",
        "properties": {"evaluate": {"type": "string", "minLength": 1}},
        "required": ["evaluate"],
        "additionalProperties": False,
    }
    value = _any({"type": ["number", "boolean"]}, {"type": "string", "minLength": 1}, condition)
    key = {"type": "string", **_ANNOTATION_NAMES}
    noted = _map_of(value) | {"propertyNames": _ANNOTATION_NAMES}
    items = _any(key, noted)
    return {"type": "array", "description": ANNOTATION_LIST.expected, "items": items}


# Parts of schemas


def _map_of(value: Mapping[str, Any]) -> Schema:
    return {"type": "object", "additionalProperties": dict(value)}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _has(key: str) -> Schema:
    return {"required": [key]}


def _any(*ways: Schema) -> Schema:
    return {"anyOf": list(ways)}


def _all(parts: Iterable[Schema]) -> Schema:
    """Return one schema of parts that often are a single required key each."""
    schemas = list(parts)
    keys = [each["required"][0] for each in schemas if "required" in each]
    others = [each for each in schemas if "required" not in each]
    return ({"required": keys} if keys else {}) | ({"allOf": others} if others else {})


def _keys_name(step_type: str) -> str:
    return f"keys-of-{_slug(step_type)}"


def _step_name(step_type: str) -> str:
    return f"step-of-{_slug(step_type)}"


def _slug(step_type: str) -> str:
    return step_type.replace(" ", "-")
