"""What this runner can do: a plan that asks for more is refused before anything is done."""

from collections.abc import Iterator

from freshet.plan.v1.operation_pb2 import BuildOperation, Operation, PushOperation
from freshet.plan.v1.plan_pb2 import Plan, Step
from runner_service.errors import OperationUnsupported

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
    if builder := build.builder.WhichOneof("kind"):
        yield f"build.builder.{builder}"
    if build.cache_destinations:
        yield "build.cache_destinations"
    if len(build.platforms) > 1:
        yield "build.platforms"
    if build.HasField("aws_access"):
        yield "build.aws_access"


def _missing_in_push(push: PushOperation) -> Iterator[str]:
    if push.inline.WhichOneof("login") == "aws_keys":
        yield "push.inline.aws_keys"
