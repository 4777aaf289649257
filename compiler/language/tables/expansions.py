"""The keys that make several steps of one. They are gone before the tables of steps are read."""

from __future__ import annotations

from compiler.language.objects import Field
from compiler.language.shapes import ANYTHING, MAPPING
from compiler.language.tables.conditions import SUCCESS_CRITERIA

SCALE = Field(
    name="scale",
    shape=MAPPING,
    unread=True,
    doc="Steps that run at the same time, by name: each is this step with keys of its own.",
)
MATRIX = Field(
    name="matrix",
    shape=ANYTHING,
    unread=True,
    doc="Lists of values for keys of this step, which runs once with every combination.",
)
EXPANSIONS = (
    SCALE,
    MATRIX,
    Field(
        name="success_criteria",
        shape=SUCCESS_CRITERIA,
        default="no step failed whose `fail_fast` is on",
        doc="With `scale` or `matrix`: what decides whether the steps succeeded as a whole.",
    ),
)
"""Keys that steps of all types have besides those of their tables."""
