"""Goes on with runs that a runner was stopped in the middle of, or that died with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.runner.v1.run_pb2 import Failure, OperationRun, Run, RunNotice, StepRun
from freshet.runner.v1.runner_service_pb2 import CreateRunRequest
from runner_service.daemon.errors import DaemonUnavailable
from runner_service.daemon.port import Daemon
from runner_service.journal import Journal
from runner_service.states import DONE

_DAEMON_LIMIT_S = 120.0
"""How long a daemon that was started with the runner has to answer."""
_LOOK_AGAIN_S = 1.0


def why_not_resumed(message: bytes) -> Failure | None:
    """Return why a run of this request cannot go on after a restart; None: it can."""
    if not message:
        return Failure(
            reason="RUNNER_STOPPED",
            message="the runner was stopped while the run went on, and its request is not known",
            help="run the pipeline again",
        )
    request = CreateRunRequest.FromString(message)
    names = sorted({*request.secrets, *request.secret_variable_names})
    if not names:
        return None
    return Failure(
        reason="SECRETS_NOT_KEPT",
        message="the runner was stopped while the run went on, and the run needs secrets, which "
        f"the runner never stores: {', '.join(names)}",
        help="run the pipeline again",
    )


def take_up(journal: Journal) -> None:
    """Put a run that was being executed back into the queue, and say what is done again."""
    if journal.run.state != Run.STATE_RUNNING:
        return
    for step, step_run in zip(journal.run.plan.steps, journal.run.step_runs, strict=True):
        if step_run.state == StepRun.STATE_RUNNING:
            _interrupt(journal, step, step_run)
    journal.run_changed(Run.STATE_QUEUED)


def _interrupt(journal: Journal, step: Step, step_run: StepRun) -> None:
    for operation, operation_run in zip(step.operations, step_run.operation_runs, strict=True):
        if operation_run.state == OperationRun.STATE_RUNNING:
            operation_run.state = OperationRun.STATE_PENDING
            kind = operation.WhichOneof("kind")
            _warn(
                journal,
                step.id,
                "OPERATION_REPEATED",
                f'the runner was stopped while the {kind} of "{step.id}" went on; it begins again, '
                f"as its execution number {operation_run.attempt_count + 1}",
            )
    step_run.state = StepRun.STATE_PENDING
    journal.step_changed(step.id)


async def rebuild_lost_images(
    journal: Journal, daemon: Daemon, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Let those steps begin again whose image a later operation needs and the daemon has no more.

    Raises:
        DaemonUnavailable: it does not answer, after two minutes of trying.
    """
    plan = journal.run.plan
    needed = set(_needed_images(plan, journal))
    for step in plan.steps:
        if step.id in needed and (index := built_operation(journal.step_run(step.id))) is not None:
            await _answering(daemon, sleep)
            await rebuild_if_lost(journal, step, index, daemon)


async def rebuild_if_lost(journal: Journal, step: Step, index: int, daemon: Daemon) -> None:
    """Let a step begin again at its build, if the daemon does not have the image any more."""
    step_run = journal.step_run(step.id)
    image_id = step_run.operation_runs[index].built_image.image_id
    if await daemon.find_image(image_id):
        return
    for operation_run in step_run.operation_runs[index:]:
        operation_run.state = OperationRun.STATE_PENDING
        operation_run.ClearField("result")
    if step_run.state == StepRun.STATE_SUCCEEDED:
        step_run.state = StepRun.STATE_PENDING
        step_run.ClearField("end_time")
    _warn(
        journal,
        step.id,
        "IMAGE_REBUILT",
        f'the image {image_id} of "{step.id}" is needed and not on the daemon any more; it is '
        "built again, and pushed again where the step pushes it",
    )
    journal.step_changed(step.id)


def built_operation(step_run: StepRun) -> int | None:
    """Return which operation of a step built its image; None: none did."""
    for index, each in enumerate(step_run.operation_runs):
        if each.state == OperationRun.STATE_SUCCEEDED and each.built_image.image_id:
            return index
    return None


def _needed_images(plan: Plan, journal: Journal) -> Iterator[str]:
    """Yield the ids of steps whose image is still to be pushed."""
    for step in plan.steps:
        step_run = journal.step_run(step.id)
        if step_run.state != StepRun.STATE_PENDING:
            continue
        for operation, operation_run in zip(step.operations, step_run.operation_runs, strict=True):
            if operation.HasField("push") and operation_run.state not in DONE:
                yield operation.push.image.step_id


async def _answering(daemon: Daemon, sleep: Callable[[float], Awaitable[None]]) -> None:
    waited_s = 0.0
    while True:
        try:
            await daemon.describe()
        except DaemonUnavailable:
            if waited_s >= _DAEMON_LIMIT_S:
                raise
            await sleep(_LOOK_AGAIN_S)
            waited_s += _LOOK_AGAIN_S
        else:
            return


def _warn(journal: Journal, step_id: str, reason: str, message: str) -> None:
    journal.notice(
        RunNotice(
            step_id=step_id,
            severity=RunNotice.SEVERITY_WARNING,
            reason=reason,
            message=message,
        )
    )
