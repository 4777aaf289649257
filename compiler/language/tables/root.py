"""The keys of the pipeline itself, and of its hooks."""

from __future__ import annotations

from compiler.language.objects import Field, Table
from compiler.language.shapes import ANYTHING, FLAG, STRICT_FLAG, TEXTS, Collection, String
from compiler.language.tables.conditions import SUCCESS_CRITERIA
from compiler.language.tables.containers import SERVICES
from compiler.language.tables.control import MODES, STEPS

FAIL_FAST = Field(
    name="fail_fast",
    shape=FLAG,
    default="`true`",
    doc="Whether the failure of a step stops the pipeline, where the step does not say.",
)
STRICT_FAIL_FAST = Field(
    name="strict_fail_fast",
    shape=STRICT_FLAG,
    default="`false`",
    doc="Whether the pipeline fails at its end when a step failed that did not stop it.",
)
MODE = Field(
    name="mode",
    shape=String(choices=MODES),
    default="`sequential`",
    doc="Whether steps run one after the other, or each as soon as its `when` holds.",
)

ROOT = Table(
    (
        Field(
            name="version",
            shape=ANYTHING,
            unread=True,
            doc="Version of the language: `'1.0'`.",
        ),
        STEPS,
        Field(
            name="stages",
            shape=TEXTS,
            doc="Names of the columns that steps are shown under, in order.",
        ),
        MODE,
        FAIL_FAST,
        STRICT_FAIL_FAST,
        Field(
            name="success_criteria",
            shape=SUCCESS_CRITERIA,
            default="no step failed that must not fail",
            doc="What decides whether the pipeline succeeded.",
        ),
        Field(
            name="hooks",
            shape=ANYTHING,
            unread=True,
            doc="What is done before and after the steps: `on_elected`, `on_success`, `on_fail`, "
            "`on_finish`.",
        ),
        Field(
            name="services",
            shape=SERVICES,
            doc="Containers that run beside all steps.",
        ),
        Field(
            name="indicators",
            shape=Collection(or_list=True),
            doc="A place for YAML anchors; without effect.",
        ),
        Field(
            name="build_version",
            shape=String(choices=("v1", "v2")),
            default="`v2`",
            doc="Dialect of build steps; `v2` is the one that is read.",
        ),
    )
)

RESOURCE_KEYS = frozenset({"triggers", "cronTriggers"})
"""Keys of a pipeline resource that say when a run begins, and nothing of what it does."""
