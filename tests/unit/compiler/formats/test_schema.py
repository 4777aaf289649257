"""The JSON Schema: what fits, what does not, and that it leaves nothing out."""

import json
from collections.abc import Iterator

import jsonschema
import pytest

from compiler.language.grammar import (
    PIPELINE,
    RESOURCE,
    TYPE_DOCS,
    HookShape,
    StepShape,
    fields_of,
    shape_of,
)
from compiler.language.objects import MapOf
from compiler.language.shapes import ListOf, Nullable, OneOf, Parsed, Shape
from compiler.language.tables import STEP_TYPES
from compiler.language.tables.hooks import HOOK_EXEC, HOOK_STEPS, HOOKS
from tests.conformance.schema import SCHEMA, schema_mistakes


def test_schema_is_valid_itself() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_reference_leads_to_a_definition() -> None:
    text = json.dumps(SCHEMA)

    missing = [
        name
        for part in text.split('"#/definitions/')[1:]
        if (name := part.partition('"')[0]) not in SCHEMA["definitions"]
    ]

    assert missing == []


_STEP = "version: '1.0'\nsteps:\n  a:\n    "
_VALID = {
    "a step with its keys in arguments": _STEP + "type: build\n    arguments: {image_name: app}",
    "a version of a known type": _STEP + "type: freestyle:1.0.0\n    image: alpine",
    "a step of a catalogue": _STEP + "type: acme/lint:1.2.3\n    arguments: {level: 3, x: {}}",
    "a type that is a variable": _STEP + "type: ${{KIND}}",
    "a truth value that is a variable": _STEP + "image: alpine\n    fail_fast: ${{FLAG}}",
    "a hyphen in place of an underscore": _STEP + "type: build\n    image-name: app",
    "a number in quotes": _STEP + "type: git-clone\n    repo: a/b\n    depth: '3'",
    "no time limit": _STEP + "image: alpine\n    timeout: null",
    "image only in the children of scale": _STEP + "scale: {b: {image: alpine}}",
    "a matrix of images": _STEP + "matrix: {image: [alpine, busybox]}",
    "children of another type": _STEP
    + "type: git-clone\n    scale: {b: {type: push, candidate: a}}",
    "criteria of a scaled step": _STEP
    + "type: build\n    image_name: a\n    scale: {b: {tag: x}}\n"
    "    success_criteria: {steps: [b]}",
    "blocks in blocks": _STEP
    + "type: parallel\n    steps: {b: {type: parallel, steps: {c: {image: alpine}}}}",
    "hook of commands": _STEP + "image: alpine\n    hooks: {on_finish: [echo done]}",
    "hook of a step": _STEP + "image: alpine\n    hooks: {on_fail: {image: alpine}}",
    "hook of steps": "version: 1\nsteps: {}\nhooks: {on_elected: {mode: parallel, steps: "
    "{b: {image: alpine}}}}",
    "hook with notes": "version: 1\nsteps: {}\nhooks: {on_finish: {exec: [ls], annotations: "
    "{set: [{annotations: [a, {b: 1}, {c: {evaluate: 'true'}}]}]}}}",
    "a resource": "version: '1.0'\nkind: pipeline\nmetadata: {name: a/b}\nspec:\n"
    "  triggers: []\n  steps: {a: {image: alpine}}",
    "unknown keys of an open type": _STEP + "image: alpine\n    colour: red",
}


@pytest.mark.parametrize("text", _VALID.values(), ids=_VALID.keys())
def test_what_the_language_allows_fits(text: str) -> None:
    assert schema_mistakes(text) == []


_WRONG = {
    "no version": "steps: {}",
    "another version": "version: '2.0'\nsteps: {}",
    "no steps": "version: '1.0'",
    "steps in a list": "version: '1.0'\nsteps: []",
    "an unknown key of the pipeline": "version: '1.0'\nsteps: {}\ncolour: red",
    "an unknown mode": "version: '1.0'\nsteps: {}\nmode: random",
    "a step that is nothing": "version: '1.0'\nsteps: {a: null}",
    "a name with a dot": "version: '1.0'\nsteps: {a.b: {image: alpine}}",
    "no image": _STEP + "commands: [ls]",
    "a number for a string": _STEP + "image: 3",
    "an empty string": _STEP + "image: ''",
    "nothing for a string": _STEP + "image: null",
    "a string for a list": _STEP + "image: alpine\n    commands: ls",
    "an unknown shell": _STEP + "image: alpine\n    shell: zsh",
    "a volume without a colon": _STEP + "image: alpine\n    volumes: [cache]",
    "a key that is forbidden": _STEP + "image: alpine\n    registry_contexts: [a]",
    "an unknown key of a closed type": _STEP + "type: push\n    candidate: a\n    colour: red",
    "an unknown key in arguments": _STEP + "type: push\n    arguments: {candidate: a, colour: red}",
    "nothing required in arguments": _STEP + "type: build\n    arguments: {tag: a}",
    "both spellings": _STEP + "type: build\n    image-name: a\n    image_name: a",
    "part of a variable as a truth value": _STEP + "image: a\n    fail_fast: x${{A}}",
    "a word where only a truth value goes": _STEP + "image: a\n    strict_fail_fast: 'yes'",
    "retry with an unknown key": _STEP + "image: alpine\n    retry: {times: 3}",
    "retry never": _STEP + "image: alpine\n    retry: {maxAttempts: 0}",
    "part of a commit": _STEP + "type: git-clone\n    repo: a/b\n    depth: 1.5",
    "an unknown state": _STEP + "image: a\n    when: {steps: [{name: b, on: [error]}]}",
    "no states": _STEP + "image: a\n    when: {steps: [{name: b, on: []}]}",
    "a block without steps": _STEP + "type: parallel",
    "a step of a block without image": _STEP + "type: parallel\n    steps: {b: {commands: [ls]}}",
    "criteria without scale": _STEP + "type: build\n    image_name: a\n    success_criteria: {}",
    "a wrong key in scale": _STEP + "type: push\n    candidate: a\n    scale: {b: {colour: red}}",
    "no list in a matrix": _STEP + "image: a\n    matrix: {tag: a}",
    "a hook of nothing": "version: 1\nsteps: {}\nhooks: {on_fail: {}}",
    "a type of nothing": _STEP + "type:",
    "a hook of another name": "version: 1\nsteps: {}\nhooks: {on_start: [ls]}",
    "a hook with exec and steps": "version: 1\nsteps: {}\nhooks: {on_fail: "
    "{exec: [ls], steps: {}}}",
    "a step of a hook without image": "version: 1\nsteps: {}\nhooks: {on_fail: {commands: [ls]}}",
    "a stage in a hook": "version: 1\nsteps: {}\nhooks: {on_fail: {image: a, stage: b}}",
    "a hook in a hook": "version: 1\nsteps: {}\nhooks: {on_fail: {steps: "
    "{a: {image: a, hooks: {}}}}}",
    "a bad name of a note": "version: 1\nsteps: {}\nhooks: {on_fail: {annotations: {set: "
    "[{annotations: [a-b]}]}}}",
    "a resource without a pipeline": "version: '1.0'\nkind: pipeline",
}


@pytest.mark.parametrize("text", _WRONG.values(), ids=_WRONG.keys())
def test_mistakes_do_not_fit(text: str) -> None:
    assert schema_mistakes(text) != []


def test_defaults_are_values_of_their_keys() -> None:
    keys = SCHEMA["definitions"]["keys-of-freestyle"]["properties"]

    assert keys["shell"]["default"] == "sh"
    assert SCHEMA["definitions"]["keys-of-deploy"]["properties"]["timeout"]["default"] == "120"
    assert "default" not in keys["image"]


def test_every_field_is_described() -> None:
    undescribed = [
        f"{step_type}.{field.name}"
        for step_type in STEP_TYPES
        for field in fields_of(step_type).values()
        if not field.doc
    ]

    assert undescribed == []


def test_every_type_of_step_is_described() -> None:
    assert TYPE_DOCS.keys() == STEP_TYPES.keys()


def test_every_kind_of_shape_is_in_the_language() -> None:
    """So that writing the schema has met each of them, and would have failed at a new one."""
    met = {type(shape) for shape in _shapes()}

    assert _kinds(Shape) <= met | {Shape}


def _kinds(kind: type[Shape]) -> set[type[Shape]]:
    return {kind}.union(*(_kinds(each) for each in kind.__subclasses__()))


def _shapes() -> Iterator[Shape]:
    tables = [PIPELINE.table, RESOURCE.table, HOOKS, HOOK_STEPS, HOOK_EXEC]
    fields = [field for table in tables for field in table.fields.values()]
    fields += [field for step_type in STEP_TYPES for field in fields_of(step_type).values()]
    waiting = [shape_of(field) for field in fields]
    while waiting:
        shape = waiting.pop()
        yield shape
        waiting += _inner(shape)


def _inner(shape: Shape) -> list[Shape]:
    match shape:
        case ListOf():
            return [shape.item]
        case MapOf():
            return [shape.value]
        case OneOf():
            return list(shape.shapes)
        case Parsed() | Nullable():
            return [shape.shape]
        case StepShape() | HookShape():
            return []
        case _:
            table = getattr(shape, "table", None)
            return [shape_of(field) for field in table.fields.values()] if table else []
