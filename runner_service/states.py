"""How runs, steps and operations move from state to state, and what events make of a run; pure.

The tables hold every move there is; `docs/architecture.md` draws them. Approvals are states of
the contract that no run of this version comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from freshet.runner.v1.run_pb2 import (
    OperationRun,
    PushedImage,
    PushedImages,
    Run,
    RunEvent,
    StepRun,
)

FINAL_STATES = frozenset(
    {Run.STATE_SUCCEEDED, Run.STATE_FAILED, Run.STATE_CANCELLED, Run.STATE_TERMINATED}
)
"""Those that a run ends in."""
DONE = frozenset({OperationRun.STATE_SUCCEEDED, OperationRun.STATE_SKIPPED})
"""States of operations that need not be done again."""

RUN_MOVES: Mapping[Run.State.ValueType, frozenset[Run.State.ValueType]] = MappingProxyType(
    {
        # Failed: it was taken up by a new start of the runner, which cannot go on with it.
        Run.STATE_QUEUED: frozenset(
            {Run.STATE_RUNNING, Run.STATE_CANCELLING, Run.STATE_CANCELLED, Run.STATE_FAILED}
        ),
        # Queued: the runner was started anew, and the run waits for a slot again.
        Run.STATE_RUNNING: frozenset(
            {Run.STATE_QUEUED, Run.STATE_CANCELLING, Run.STATE_SUCCEEDED, Run.STATE_FAILED}
        ),
        # Failed: by a mistake in the runner while it was stopping.
        Run.STATE_CANCELLING: frozenset({Run.STATE_CANCELLED, Run.STATE_FAILED}),
        **{state: frozenset() for state in FINAL_STATES},
    }
)

STEP_MOVES: Mapping[StepRun.State.ValueType, frozenset[StepRun.State.ValueType]] = MappingProxyType(
    {
        # Terminated: it had begun before the runner was started anew, and the run ended then.
        StepRun.STATE_PENDING: frozenset(
            {
                StepRun.STATE_RUNNING,
                StepRun.STATE_SKIPPED,
                StepRun.STATE_NOT_RUN,
                StepRun.STATE_TERMINATED,
            }
        ),
        # Pending: the runner was stopped or died, and the step goes on after the next start.
        StepRun.STATE_RUNNING: frozenset(
            {
                StepRun.STATE_PENDING,
                StepRun.STATE_SUCCEEDED,
                StepRun.STATE_FAILED,
                StepRun.STATE_TERMINATED,
            }
        ),
        # Pending: a later step needs its image, and the daemon has it no more.
        StepRun.STATE_SUCCEEDED: frozenset({StepRun.STATE_PENDING}),
        StepRun.STATE_FAILED: frozenset(),
        StepRun.STATE_SKIPPED: frozenset(),
        StepRun.STATE_TERMINATED: frozenset(),
        StepRun.STATE_NOT_RUN: frozenset(),
    }
)

OPERATION_MOVES: Mapping[OperationRun.State.ValueType, frozenset[OperationRun.State.ValueType]] = (
    MappingProxyType(
        {
            OperationRun.STATE_PENDING: frozenset(
                {OperationRun.STATE_RUNNING, OperationRun.STATE_SKIPPED}
            ),
            OperationRun.STATE_RUNNING: frozenset(
                {
                    OperationRun.STATE_PENDING,  # as the step
                    OperationRun.STATE_SUCCEEDED,
                    OperationRun.STATE_FAILED,
                    OperationRun.STATE_TERMINATED,
                }
            ),
            # Running: the next attempt. Pending: the image before it is built anew, so that all
            # operations after that come again.
            OperationRun.STATE_FAILED: frozenset(
                {OperationRun.STATE_RUNNING, OperationRun.STATE_PENDING}
            ),
            OperationRun.STATE_TERMINATED: frozenset(
                {OperationRun.STATE_RUNNING, OperationRun.STATE_PENDING}
            ),
            OperationRun.STATE_SUCCEEDED: frozenset({OperationRun.STATE_PENDING}),
            OperationRun.STATE_SKIPPED: frozenset({OperationRun.STATE_PENDING}),
        }
    )
)


def check_run_move(before: Run.State.ValueType, after: Run.State.ValueType) -> None:
    """Refuse a move that no run makes: who asks for it has a bug."""
    allowed = after == before or after in RUN_MOVES[before]
    assert allowed, f"a run moves from {Run.State.Name(before)} to {Run.State.Name(after)}"


def check_step_move(before: StepRun, after: StepRun) -> None:
    """Refuse a move that no step or operation makes: who asks for it has a bug."""
    allowed = after.state == before.state or after.state in STEP_MOVES[before.state]
    assert allowed, (
        f'step "{after.step_id}" moves from {StepRun.State.Name(before.state)} '
        f"to {StepRun.State.Name(after.state)}"
    )
    for index, (old, new) in enumerate(
        zip(before.operation_runs, after.operation_runs, strict=True)
    ):
        allowed = new.state == old.state or new.state in OPERATION_MOVES[old.state]
        assert allowed, (
            f'operation {index} of step "{after.step_id}" moves from '
            f"{OperationRun.State.Name(old.state)} to {OperationRun.State.Name(new.state)}"
        )


def apply_event(run: Run, event: RunEvent) -> bool:
    """Make `run` what it is after `event`, the next of its events; return if more than its number.

    What the events up to any number tell is the state of the run at that number: this is how the
    store can hold the one with the other, and a watcher can keep a copy of its own.
    """
    assert event.sequence == run.last_event_sequence + 1, event.sequence
    run.last_event_sequence = event.sequence
    match event.WhichOneof("event"):
        case "run_state_change":
            _change_state(run, event)
        case "step_run":
            _step_run(run, event.step_run.step_id).CopyFrom(event.step_run)
        case "step_push":
            push = event.step_push
            note_pushed(
                _step_run(run, push.step_id).operation_runs[push.operation_index],
                push.pushed_image,
            )
        case _:
            return False
    return True


def note_pushed(operation_run: OperationRun, image: PushedImage) -> None:
    """Note a tag that is in the registry now; what is known of it from before is replaced."""
    known = operation_run.pushed_images.pushed_images
    kept = [each for each in known if (each.repository, each.tag) != (image.repository, image.tag)]
    operation_run.pushed_images.CopyFrom(PushedImages(pushed_images=[*kept, image]))


def _change_state(run: Run, event: RunEvent) -> None:
    change = event.run_state_change
    run.state = change.state
    if change.HasField("failure"):
        run.failure.CopyFrom(change.failure)
    if change.state == Run.STATE_RUNNING and not run.HasField("start_time"):
        run.start_time.CopyFrom(event.event_time)
    if change.state in FINAL_STATES:
        run.end_time.CopyFrom(event.event_time)


def _step_run(run: Run, step_id: str) -> StepRun:
    return next(each for each in run.step_runs if each.step_id == step_id)
