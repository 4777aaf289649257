"""The keys that steps of all types have."""

from __future__ import annotations

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.objects import Field, Object, Table
from compiler.language.parts import Retry
from compiler.language.shapes import (
    ANYTHING,
    FLAG,
    MAPPING,
    PLAIN_FLAG,
    STRICT_FLAG,
    ListOf,
    Nullable,
    Numeric,
    Shape,
    String,
)
from compiler.language.tables.conditions import WHEN
from compiler.language.tables.notes import NOTES
from compiler.language.values import Text
from compiler.syntax.nodes import Node, Scalar

_POSITIVE = Numeric(minimum=0)
RETRY = Object(
    Table(
        (
            Field(
                name="maxAttempts",
                shape=_POSITIVE,
                default="1",
                doc="How often the step is tried in all, from 1 to 10.",
            ),
            Field(
                name="delay",
                shape=_POSITIVE,
                default="5",
                doc="Seconds before the second attempt, from 5 to 60.",
            ),
            Field(
                name="exponentialFactor",
                shape=_POSITIVE,
                default="1",
                doc="Factor on the delay after each further attempt, from 1 to 5.",
            ),
        )
    ),
    Retry,
)


def _ignored(**_: object) -> bool:
    """Make something of a mapping that has no effect here, but must be well-formed."""
    return True


_PHASES = (
    Field(name="before", shape=PLAIN_FLAG, doc="Stop before the step."),
    Field(name="after", shape=PLAIN_FLAG, doc="Stop after the step."),
)
_OVERRIDE = Field(name="override", shape=PLAIN_FLAG, doc="Stop in place of the step.")


def _debug(*phases: Field) -> Object:
    return Object(
        Table(
            (
                Field(
                    name="phases",
                    shape=Object(Table(phases), _ignored),
                    doc="Where a run in debug mode stops.",
                ),
            )
        ),
        _ignored,
    )


DEBUG = _debug(*_PHASES)
DEBUG_WITH_OVERRIDE = _debug(*_PHASES, _OVERRIDE)

_ENV = Object(
    Table(
        (
            Field(name="name", required=True, doc="Name of the environment."),
            Field(
                name="endpoints",
                shape=ListOf(
                    Object(
                        Table(
                            (
                                Field(name="name", doc="Name of the endpoint."),
                                Field(name="url", doc="Its address."),
                            )
                        ),
                        _ignored,
                    )
                ),
                doc="Addresses of what was deployed.",
            ),
            Field(
                name="type",
                shape=String(choices=("kubernetes", "helm-release")),
                doc="Kind of environment.",
            ),
            Field(name="change", doc="What the deployment changes."),
            Field(name="filters", shape=ListOf(MAPPING), doc="Which objects belong to it."),
        )
    ),
    _ignored,
)
_DOCKER_MACHINE = Object(
    Table(
        (
            Field(
                name="create",
                shape=Object(Table((Field(name="provider", required=True, doc=""),)), _ignored),
                doc="A machine that is made for the step.",
            ),
            Field(
                name="use",
                shape=Object(Table((Field(name="node", required=True, doc=""),)), _ignored),
                doc="A machine that is there.",
            ),
        )
    ),
    _ignored,
)


class TimeLimit(Shape):
    """A time limit. What is none is ignored, and no error: so the platform has it."""

    expected = "a number and `s`, `m` or `h`, such as `90s`"

    def read(self, what: str, node: Node, findings: Findings) -> Text | None:
        """Return the limit, whose form is judged later."""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            return Text(node.value, node.span, node)
        text = node.text if isinstance(node, Scalar) else "…"
        findings.add(mistakes.ignored_time_limit(text, node.span))
        return None


TIMEOUT = Field(
    name="timeout",
    shape=Nullable(TimeLimit()),
    default="no limit",
    doc="Longest time the step may take, such as `90s`, `1.5h`; `null` for no limit.",
)
HOOK_POINTS = ("on_elected", "on_success", "on_fail", "on_finish")

FIELDS = (
    Field(
        name="type",
        default="`freestyle`",
        doc="What kind of step it is.",
    ),
    Field(name="title", default="the name of the step", doc="Name shown to people."),
    Field(name="description", doc="Free text."),
    Field(
        name="stage",
        doc="The column that the step is shown under: one of the names in `stages`.",
    ),
    Field(
        name="fail_fast",
        shape=FLAG,
        alias="fail-fast",
        default="that of the pipeline, else `true`",
        doc="Whether the failure of this step stops the pipeline.",
    ),
    Field(
        name="strict_fail_fast",
        shape=STRICT_FLAG,
        default="that of the pipeline, else `false`",
        doc="Whether the pipeline fails at its end when this step failed and `fail_fast` is off.",
    ),
    Field(name="when", shape=WHEN, doc="When the step may start; otherwise it is skipped."),
    Field(name="retry", shape=RETRY, doc="How often and when a failed step is tried again."),
    TIMEOUT,
    Field(
        name="arguments",
        shape=ANYTHING,
        doc="Further fields of the step, or the input of a step of a catalogue.",
    ),
    Field(
        name="docker_machine",
        shape=_DOCKER_MACHINE,
        doc="Where the step ran on an older platform; without effect here.",
    ),
    Field(
        name="debug", shape=DEBUG, doc="Where a run in debug mode stops; without effect otherwise."
    ),
    Field(name="env", shape=_ENV, doc="What is deployed where, for a list of deployments."),
    Field(
        name="hooks",
        shape=ANYTHING,
        unread=True,
        doc="What is done before and after the step: `on_elected`, `on_success`, `on_fail`, "
        "`on_finish`.",
    ),
    Field(name="on_success", shape=NOTES, doc="What is noted when the step succeeded."),
    Field(name="on_fail", shape=NOTES, doc="What is noted when the step failed."),
    Field(name="on_finish", shape=NOTES, doc="What is noted when the step has ended."),
)


def with_common(*fields: Field) -> tuple[Field, ...]:
    """Return the common fields with those of one type, which replace common ones of their name."""
    own = {field.name for field in fields}
    return (*(field for field in FIELDS if field.name not in own), *fields)
