"""Finds out, before anything is built, which pushes the registries will refuse.

Only what is known beforehand is tried, and only a clear no counts: a registry that cannot be asked,
or has a bad moment, is left to the push itself.
"""

from __future__ import annotations

import asyncio

from freshet.plan.v1.operation_pb2 import Operation
from freshet.plan.v1.plan_pb2 import Step, StepOutcome
from freshet.runner.v1.run_pb2 import StepRun
from runner_service.actions.destination import Destination, find_destination, other_login
from runner_service.context import OperationContext, RunContext
from runner_service.daemon.errors import FailureReason, PushFailed
from runner_service.errors import StepFailed
from runner_service.failures import step_failure
from runner_service.transfers import Refusal

_LIMIT_S = 10.0
_CLEAR = (FailureReason.UNAUTHORIZED, FailureReason.DENIED, FailureReason.NOT_FOUND)


async def refused_pushes(context: RunContext) -> list[tuple[Step, StepFailed]]:
    """Return the steps that would end the run by a push that is refused, and why."""
    steps = [step for step in context.journal.run.plan.steps if _certain(step, context)]
    failures = await asyncio.gather(*(_failure(step, context) for step in steps))
    return [(step, failure) for step, failure in zip(steps, failures, strict=True) if failure]


def _certain(step: Step, context: RunContext) -> bool:
    """Tell whether a step has yet to run, will when all goes well, and ends the run if it fails."""
    rule = step.start_rule
    if context.journal.step_run(step.id).state != StepRun.STATE_PENDING:
        return False
    if rule.HasField("condition") or not all(
        StepOutcome.STEP_OUTCOME_SUCCEEDED in edge.outcomes for edge in rule.dependencies
    ):
        return False
    try:
        return context.values(step, 1).flag(step.failure_rule.fail_fast, default=True)
    except StepFailed:  # its text has a hole that is filled later
        return False


async def _failure(step: Step, context: RunContext) -> StepFailed | None:
    for index, operation in enumerate(step.operations):
        if _known(operation):
            try:
                async with asyncio.timeout(_LIMIT_S):
                    await _try(operation, OperationContext(context, step, index, 1))
            except PushFailed as error:
                return step_failure(error)
            except (StepFailed, TimeoutError):
                continue
    return None


def _known(operation: Operation) -> bool:
    """Tell whether the place of a push is known before its step starts."""
    push = operation.push
    resolved = push.WhichOneof("destination") == "resolved"
    return resolved and not operation.HasField("disabled") and not push.HasField("aws_access")


async def _try(operation: Operation, context: OperationContext) -> None:
    destination = await find_destination(operation.push, context)
    assert destination is not None, "a place that is known is one"
    refusal = await _refusal(destination, context)
    if refusal and refusal.reason is FailureReason.UNAUTHORIZED:
        other = await other_login(destination, context)
        refusal = await _refusal(other, context) if other else refusal
    if refusal and refusal.reason in _CLEAR:
        tag = context.values.text(operation.push.tags[0])
        reference = f"{destination.repository}:{tag}"
        raise PushFailed(reference, refusal.words, refusal.reason)


async def _refusal(destination: Destination, context: OperationContext) -> Refusal | None:
    async with context.run.transfers.remotes.open(destination.login) as remote:
        try:
            await remote.check_push(destination.path)
        except Refusal as refusal:
            return refusal
    return None
