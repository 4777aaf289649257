"""Pipelines made of the tables of the language: every field with right and with wrong values."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from compiler.language.objects import MapOf, Table
from compiler.language.shapes import (
    Boolean,
    ListOf,
    Nullable,
    Numeric,
    OneOf,
    Parsed,
    Shape,
    String,
)
from compiler.language.tables import STEP_TYPES
from compiler.language.tables.hooks import HOOKS
from compiler.language.tables.root import ROOT
from tests.conformance.tables import table_of, table_of_type

_NAMES = ("a", "b", "build", "steps", "é")
_BAD_NAMES = ("a.b", "", "${{a}}", "x" * 151)
_TEMPLATES = (
    "${{a}}",
    "${{steps.a.result}}",
    "x${{CF_BRANCH}}y",
    "${{}}",
    "${{ a",
    "${{steps.b.imageName}}:${{TAG}}",
    "${{build}}",
)
_CONDITIONS = (
    "a == b",
    "'${{CF_BRANCH}}' == 'main'",
    "steps.a.result == 'success' || workflow.result == 'failure'",
    'match("${{X}}", "(a+)+$", true)',
    "!(1 + 2 * 3 > -4 % 5)",
    "includes(lower('A'), 'a') && true",
    "a ? b : c",
    "((",
    "'",
)
_WORDS = ("main", "/^(a+)+$/i", "10m", "1.5h", "A=1", "./x:/y", "ecr", "us-east-1", "é\u2028")
_GOOD_TEXTS = (*_NAMES, *_TEMPLATES[:2], *_CONDITIONS[:3], *_WORDS)
_TEXTS = st.sampled_from((*_NAMES, *_BAD_NAMES, *_TEMPLATES, *_CONDITIONS, *_WORDS, "\0"))
_RIGHT_TEXTS = st.sampled_from(_GOOD_TEXTS)
_SCALARS = _TEXTS | st.none() | st.booleans() | st.integers() | st.floats()
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_RARE = 25
"""Of so many values one is wrong."""
_MAX_OPTIONAL = 4
"""How many keys a mapping has beside those that it must have."""
_MAX_DEPTH = 2
"""How deep steps stand in steps or hooks."""
_PLUGIN = "acme/plugin:1.0.0"
_Value = st.SearchStrategy[Any]


def pipelines() -> st.SearchStrategy[bytes]:
    """Generate pipelines as JSON, which is YAML."""
    return _pipeline().map(lambda value: json.dumps(value, indent=1).encode())


@st.composite
def _pipeline(draw: st.DrawFn) -> dict[str, Any]:
    values: dict[str, Any] = draw(_mapping(ROOT))
    values["version"] = "2" if draw(_rarely()) else "1.0"
    values["stages"] = list(_GOOD_TEXTS)
    values["steps"] = draw(_steps(_MAX_DEPTH))
    if "hooks" in values:
        values["hooks"] = draw(_hooks(_MAX_DEPTH))
    return values


def _rarely() -> st.SearchStrategy[bool]:
    return st.integers(0, _RARE).map(lambda number: number == _RARE)


def _steps(depth: int) -> _Value:
    names = _rarely().flatmap(lambda bad: st.sampled_from(_BAD_NAMES if bad else _NAMES))
    return st.dictionaries(names, _step(depth), min_size=1, max_size=3)


@st.composite
def _step(draw: st.DrawFn, depth: int) -> dict[str, Any]:
    types = [each for each in (*STEP_TYPES, _PLUGIN) if depth or each != "parallel"]
    type_name = draw(st.sampled_from(types))
    values: dict[str, Any] = draw(_mapping(table_of_type(type_name)))
    values["type"] = type_name
    if "steps" in values:
        values["steps"] = draw(_steps(depth - 1))
    if "hooks" in values:
        values["hooks"] = draw(_hooks(depth - 1))
    if draw(_rarely()):
        values |= draw(_sugar(table_of_type(type_name)))
    if draw(_rarely()):
        values = {"type": type_name, "arguments": values}
    return values


def _sugar(table: Table) -> _Value:
    scale = st.dictionaries(_TEXTS, _mapping(table), max_size=3)
    keys = st.sampled_from(("environment", "image", "tag"))
    matrix = st.dictionaries(keys, st.lists(_TEXTS, max_size=3), max_size=2)
    return st.fixed_dictionaries({}, optional={"scale": scale, "matrix": matrix})


def _hooks(depth: int) -> _Value:
    hook = st.lists(_RIGHT_TEXTS, max_size=2) | _step(0)
    if depth > 0:
        hook |= st.fixed_dictionaries({"steps": _steps(depth - 1)})
        hook |= st.fixed_dictionaries({"exec": _step(0)}, optional={"metadata": _ANYTHING})
    return st.dictionaries(st.sampled_from(tuple(HOOKS.fields)), hook, max_size=2)


@st.composite
def _mapping(draw: st.DrawFn, table: Table) -> dict[str, Any]:
    """Generate a mapping with the required fields of a table, and some of the others."""
    fields = [field for field in table.fields.values() if field.required]
    optional = [field for field in table.fields.values() if not field.required]
    if optional:
        fields += draw(st.lists(st.sampled_from(optional), max_size=_MAX_OPTIONAL))
    values: dict[str, Any] = {}
    for field in fields:
        wrong = draw(_rarely())
        values[field.name] = draw(_ANYTHING if wrong else _of_shape(field.shape))
    if draw(_rarely()):
        values[draw(_TEXTS)] = draw(_ANYTHING)
    if draw(_rarely()) and values:
        values.popitem()
    return values


def _of_shape(shape: Shape) -> _Value:
    table = table_of(shape)
    if table is not None:
        return _mapping(table)
    match shape:
        case String():
            return _string(shape)
        case Boolean():
            return st.sampled_from((True, False, "yes", "off", "${{A}}", "${{A}}b"))
        case Numeric():
            return st.integers() | st.floats() | st.sampled_from((0, 1, 5, "7", 1e400))
        case ListOf():
            return st.lists(_of_shape(shape.item), max_size=3)
        case MapOf():
            return st.dictionaries(_TEXTS, _of_shape(shape.value), max_size=3)
        case OneOf():
            return st.one_of([_of_shape(each) for each in shape.shapes])
        case Nullable():
            return st.none() | _of_shape(shape.shape)
        case Parsed():
            return _of_shape(shape.shape)
        case _:
            return _ANYTHING


def _string(shape: String) -> st.SearchStrategy[str]:
    if shape.choices:
        return st.sampled_from(shape.choices)
    return st.from_regex(shape.pattern, fullmatch=True) if shape.pattern else _RIGHT_TEXTS
