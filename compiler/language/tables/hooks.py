"""The keys of hooks: what is done around a step, or around the pipeline."""

from __future__ import annotations

from functools import cache

from compiler.language.objects import Field, Table
from compiler.language.shapes import ANYTHING
from compiler.language.tables.common import HOOK_POINTS
from compiler.language.tables.control import STEPS
from compiler.language.tables.notes import ANNOTATIONS, METADATA
from compiler.language.tables.root import FAIL_FAST, MODE, STRICT_FAIL_FAST

NOT_IN_HOOKS = frozenset({"hooks", "stage", "debug", "on_start", "on_fail", "on_finish"})
"""Keys of steps that steps inside of hooks cannot have."""

HOOKS = Table(
    Field(name=point, shape=ANYTHING, unread=True, doc=doc)
    for point, doc in zip(
        HOOK_POINTS,
        (
            "What is done before. Its failure is a failure.",
            "What is done after success. Its failure is ignored.",
            "What is done after failure. Its failure is ignored.",
            "What is done at the end, whatever happened. Its failure is ignored.",
        ),
        strict=True,
    )
)

HOOK_STEPS = Table((STEPS, MODE, FAIL_FAST, STRICT_FAIL_FAST))
"""A hook of several steps."""
HOOK_EXEC = Table(
    (
        Field(
            name="exec",
            shape=ANYTHING,
            unread=True,
            doc="What is run: a list of commands, a step, or `steps`.",
        ),
        Field(name="metadata", shape=METADATA, doc="Notes about images."),
        Field(name="annotations", shape=ANNOTATIONS, doc="Notes about builds or other things."),
    )
)
"""A hook with annotations."""


@cache
def of_hook(table: Table) -> Table:
    """Return the table of a type of step for steps inside of hooks, where some keys are refused."""
    kept = (field for name, field in table.fields.items() if name not in NOT_IN_HOOKS)
    return Table(
        kept,
        is_open=table.is_open,
        forbidden=table.forbidden | NOT_IN_HOOKS,
        input_key=table.input_key,
    )
