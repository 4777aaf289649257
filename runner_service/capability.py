"""What this runner can do: a plan that asks for more is refused before anything is done."""

from collections.abc import Iterator

from freshet.plan.v1.expression_pb2 import Template
from freshet.plan.v1.operation_pb2 import BuildOperation, Operation, PushOperation
from freshet.plan.v1.plan_pb2 import Plan, Step
from runner_service.daemon.port import DaemonDescription
from runner_service.daemon.support import Demand, require_support
from runner_service.errors import OperationUnsupported

_INLINE = "type=inline"
_OPERATIONS = frozenset({"build", "clone", "push"})


def require_capabilities(plan: Plan) -> None:
    """Check a plan.

    Raises:
        OperationUnsupported: for the first thing the runner cannot do, in the order of the plan.
    """
    if plan.services:
        raise OperationUnsupported("", "services")
    if plan.HasField("success_rule"):
        raise OperationUnsupported("", "success_rule")
    for group in plan.groups:
        raise OperationUnsupported(group.id, "hook" if group.HasField("hook") else "group")
    for step in plan.steps:
        for feature in _missing(step):
            raise OperationUnsupported(step.id, feature)


def require_daemon(plan: Plan, daemon: DaemonDescription) -> None:
    """Check what can be known of a plan's builds before its variables are.

    Raises:
        BuildUnsupported: the daemon cannot do one of them.
    """
    for step in plan.steps:
        for operation in step.operations:
            require_support(_demand(operation.build), daemon)


def _demand(build: BuildOperation) -> Demand:
    platforms = ",".join(map(_literal, build.platforms)).split(",")
    caches = map(_literal, build.cache_destinations)
    return Demand(
        platforms=[platform for platform in platforms if platform],
        cache_written=any(cache and _INLINE not in cache for cache in caches),
        secrets=bool(build.secrets),
        ssh=bool(build.ssh),
    )


def _literal(template: Template) -> str:
    """Return the text of a template; empty when it has holes."""
    whole = all(part.WhichOneof("part") == "text" for part in template.parts)
    return "".join(part.text for part in template.parts) if whole else ""


def _missing(step: Step) -> Iterator[str]:
    if step.start_rule.HasField("condition"):
        yield "condition"
    if step.services or step.service_set_ids:
        yield "services"
    if step.outcome_notes:
        yield "outcome_notes"
    for operation in step.operations:
        yield from _missing_in_operation(operation)


def _missing_in_operation(operation: Operation) -> Iterator[str]:
    kind = operation.WhichOneof("kind")
    if kind not in _OPERATIONS:
        yield kind or "operation without kind"
    elif kind == "build":
        yield from _missing_in_build(operation.build)
    elif kind == "push":
        yield from _missing_in_push(operation.push)


def _missing_in_build(build: BuildOperation) -> Iterator[str]:
    if build.builder.WhichOneof("kind") == "google_cloud_build":
        yield "build.builder.google_cloud_build"


def _missing_in_push(push: PushOperation) -> Iterator[str]:
    if push.inline.WhichOneof("login") == "aws_keys":
        yield "push.inline.aws_keys"
