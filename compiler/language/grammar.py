"""The language as one tree of shapes, for those who explain it.

`bind` reads some fields by hand: steps, whose type decides their keys, and hooks, which have many
forms. Tables call them unread. Here they have shapes too, so that the JSON Schema and the language
server can walk from the root to every key.
"""

from __future__ import annotations

from collections.abc import Mapping

from compiler.language.objects import Field, MapOf, Object, Table
from compiler.language.shapes import (
    ANYTHING,
    TEXT,
    Collection,
    ListOf,
    Shape,
    String,
)
from compiler.language.tables import KNOWN_TO_PLANNER, PLUGIN, STEP_TYPES
from compiler.language.tables.expansions import EXPANSIONS
from compiler.language.tables.hooks import HOOK_EXEC, HOOK_STEPS, HOOKS, of_hook
from compiler.language.tables.root import ROOT

TYPE_DOCS: dict[str, str] = {
    "freestyle": "Runs commands in a container.",
    "git-clone": "Clones a Git repository into the workspace.",
    "build": "Builds an image from a Dockerfile, and pushes it.",
    "push": "Pushes an image to a registry.",
    "push-tag": "Gives an image that was pushed more tags.",
    "composition": "Runs containers together; some of them decide the result.",
    "launch-composition": "Starts containers that stay up after the run.",
    "deploy": "Deploys to a Kubernetes cluster.",
    "pending-approval": "Waits until somebody approves or denies.",
    "parallel": "Runs steps at the same time.",
    "helm": "Installs, packages or pushes a Helm chart.",
    "integration-test": "Runs tests beside services.",
    "travis": "Runs a test beside services; an older form.",
    "simple_travis": "Runs a test beside well-known services; an older form.",
    "freestyle-ssh": "Runs commands on a machine, without a container.",
    "github-action": "Runs an action of GitHub.",
    "services": "Runs services for other steps.",
}
"""What each type of step does."""


class VersionShape(Shape):
    """The version of the language: 1, or a string that says so."""

    expected = "`1.0`"
    pattern = r"1(?:\.0+)?"


class StepShape(Shape):
    """A step."""

    expected = "a step"

    def __init__(self, *, partial: bool = False, in_hook: bool = False) -> None:
        """Mean a whole step.

        Args:
            partial: Only keys that are laid over another step, whose type they share.
            in_hook: The step is part of a hook, where some keys are refused.
        """
        self.partial = partial
        self.in_hook = in_hook


class HookShape(Shape):
    """What is done around steps: a list of commands, a step, or several."""

    expected = "commands, a step or steps"

    def __init__(self, *, notes: bool = True) -> None:
        """Mean a whole hook, or with `notes=False` what its `exec` runs."""
        self.notes = notes


STEP = StepShape()
STEP_OF_HOOK = StepShape(in_hook=True)
PARTIAL_STEP = StepShape(partial=True)
COMMANDS = ListOf(TEXT)
ALTERNATIVES = ListOf(ANYTHING)

_UNREAD: dict[str, Shape] = {
    "version": VersionShape(),
    "steps": MapOf(STEP),
    "hooks": Object(HOOKS, dict),
    "scale": MapOf(PARTIAL_STEP),
    "matrix": MapOf(ALTERNATIVES),
    "exec": HookShape(notes=False),
    **dict.fromkeys(HOOKS.fields, HookShape()),
}

PIPELINE = Object(ROOT, dict)
RESOURCE = Object(
    Table(
        (
            Field(name="version", doc="Version of the resource: `'1.0'`."),
            Field(name="kind", shape=String(choices=("pipeline",)), doc="What the file describes."),
            Field(name="metadata", shape=Collection(), doc="Name and labels of the pipeline."),
            Field(name="spec", required=True, shape=PIPELINE, doc="The pipeline itself."),
        ),
        is_open=True,
    ),
    dict,
)
"""A file that wraps a pipeline with `kind: pipeline`."""

STEPS_OF_HOOK = Object(
    Table(
        each.replaced(shape=MapOf(STEP_OF_HOOK), unread=False) if each.name == "steps" else each
        for each in HOOK_STEPS.fields.values()
    ),
    dict,
)
EXEC_OF_HOOK = Object(HOOK_EXEC, dict)


def shape_of(field: Field) -> Shape:
    """Return what the value of a field may be, also where `bind` reads it by hand."""
    return _UNREAD[field.name] if field.unread else field.shape


def table_of(step_type: str) -> Table:
    """Return the table of a type as a pipeline writes it, possibly with a version behind it."""
    table, _ = STEP_TYPES.get(plain_type(step_type), (PLUGIN, None))
    return table


def fields_of(step_type: str, *, in_hook: bool = False) -> Mapping[str, Field]:
    """Return all keys of a step, those that make several steps of it included."""
    table = table_of(step_type)
    if in_hook:
        table = of_hook(table)
    return table.fields | {each.name: each for each in EXPANSIONS if each.name not in table.fields}


def takes_arguments(step_type: str) -> bool:
    """Whether `arguments` are keys of the step, and not the input of a step of a catalogue."""
    return plain_type(step_type) in KNOWN_TO_PLANNER


def plain_type(step_type: str) -> str:
    """Return a type without its version; nothing means a `freestyle` step."""
    return step_type.partition(":")[0] or "freestyle"
