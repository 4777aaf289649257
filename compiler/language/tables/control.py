"""The keys of steps that steer others: `parallel`, `pending-approval`, `deploy`."""

from __future__ import annotations

from compiler.language.objects import Field, Object, Table
from compiler.language.parts import ApprovalTimeout
from compiler.language.shapes import ANYTHING, TEXT, Nullable, Numeric, Shape, String
from compiler.language.tables.common import FIELDS, with_common
from compiler.language.tables.conditions import SUCCESS_CRITERIA
from compiler.language.values import Text
from compiler.record import Record

STEPS = Field(
    name="steps",
    required=True,
    shape=ANYTHING,
    unread=True,
    doc="The steps by name, in order.",
)
MODES = ("sequential", "parallel")

PARALLEL = Table(
    (
        *(
            field
            for field in FIELDS
            if field.name not in ("hooks", "docker_machine", "debug", "env")
        ),
        STEPS.replaced(doc="The steps that run at the same time, by name."),
        Field(
            name="success_criteria",
            shape=SUCCESS_CRITERIA,
            default="no step failed whose `fail_fast` is on",
            doc="What decides whether the block succeeded.",
        ),
    )
)

_APPROVAL_TIMEOUT = Object(
    Table(
        (
            Field(
                name="duration",
                shape=Numeric(minimum=0),
                default="168",
                doc="How long is waited.",
            ),
            Field(
                name="timeUnit",
                shape=String(choices=("hours", "minutes")),
                default="`hours`",
                doc="Unit of `duration`.",
            ),
            Field(
                name="finalState",
                shape=String(choices=("terminated", "approved", "denied")),
                default="`terminated`",
                doc="What happens when nobody decided.",
            ),
        )
    ),
    ApprovalTimeout,
)
APPROVAL = Table(
    with_common(
        Field(
            name="timeout",
            shape=_APPROVAL_TIMEOUT,
            default="168 hours",
            doc="How long a decision is waited for, and what happens then.",
        )
    )
)


class DeployCandidate(Record):
    """The image that a deployment gets."""

    image: Text
    registry: Text


_CANDIDATE: Shape = Object(
    Table(
        (
            Field(name="image", required=True, doc="The image: `${{build_step}}` or a reference."),
            Field(
                name="registry",
                required=True,
                doc="Name of the registry that the cluster pulls from.",
            ),
        )
    ),
    DeployCandidate,
)
DEPLOY = Table(
    with_common(
        Field(
            name="kind",
            required=True,
            shape=String(choices=("kubernetes",)),
            doc="Kind of cluster: `kubernetes`.",
        ),
        Field(name="cluster", doc="Name of the cluster. Required."),
        Field(name="namespace", required=True, doc="Namespace in the cluster."),
        Field(name="service", doc="Existing service that gets the candidate."),
        Field(name="file_path", doc="Manifest that is applied, in place of `service`."),
        Field(name="candidate", shape=_CANDIDATE, doc="The image for the service."),
        Field(
            name="timeout",
            shape=Nullable(TEXT),
            default="`'120'`",
            doc="How long the rollout is waited for: seconds, as a string.",
        ),
    ),
    is_open=True,
)
