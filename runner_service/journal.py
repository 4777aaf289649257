"""The state of one run and its numbered events.

A run's state *is* the message of the contract, and this module is its only writer, so that a
watcher, `GetRun` and the store can never tell different stories. Not thread-safe: everything
happens on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1.run_pb2 import (
    BuildProgress,
    Failure,
    LogChunk,
    OperationRun,
    OutputStream,
    PushedImage,
    Run,
    RunEvent,
    RunNotice,
    RunStateChange,
    StepPush,
    StepRun,
)
from runner_service.clock import Clock, timestamp

FINAL_STATES = frozenset(
    {Run.STATE_SUCCEEDED, Run.STATE_FAILED, Run.STATE_CANCELLED, Run.STATE_TERMINATED}
)
_CLOSING = {
    StepRun.STATE_PENDING: StepRun.STATE_NOT_RUN,
    StepRun.STATE_RUNNING: StepRun.STATE_TERMINATED,
}
WINDOW_BYTES = 8 * 1024 * 1024
"""How many bytes of saved events are kept in memory for watchers."""


def new_step_runs(plan: Plan) -> list[StepRun]:
    """Return the state of each step before the run."""
    return [
        StepRun(
            step_id=step.id,
            state=StepRun.STATE_PENDING,
            operation_runs=[OperationRun(state=OperationRun.STATE_PENDING)] * len(step.operations),
        )
        for step in plan.steps
    ]


class Journal:
    """The state of one run and its events."""

    def __init__(self, run: Run, clock: Clock, on_change: Callable[[], None]) -> None:
        """Write into `run`; `on_change` is called whenever there is something to save."""
        self.run = run
        self._clock = clock
        self._on_change = on_change
        self._steps = {step_run.step_id: step_run for step_run in run.step_runs}
        self._members: dict[str, dict[str, str]] = {}
        self._events: list[RunEvent] = []
        self._first = run.last_event_sequence + 1
        self._saved = run.last_event_sequence
        self._window_bytes = 0
        self._changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the run is in a final state."""
        return self.run.state in FINAL_STATES

    @property
    def first_sequence(self) -> int:
        """Number of the first event that is still in memory."""
        return self._first

    @property
    def changed(self) -> asyncio.Event:
        """An event that is set at the next change. Take it before you look at the events."""
        return self._changed

    def step_run(self, step_id: str) -> StepRun:
        """Return the state of a step. Call `step_changed` after writing to it."""
        return self._steps[step_id]

    def members(self, step_id: str) -> Mapping[str, str]:
        """Return what a step has told about itself so far; nothing for one that is not there."""
        return self._members.get(step_id, {})

    def tell(self, step_id: str, members: Mapping[str, str], hide: Callable[[str], str]) -> None:
        """Note what a step tells about itself.

        Other steps read it as it is; watchers and the store get it without secrets, by `hide`.
        """
        self._members.setdefault(step_id, {}).update(members)
        shown = {name: hide(value) for name, value in members.items()}
        self._steps[step_id].members.update(shown)

    def events_from(self, start: int, limit: int = 500) -> Sequence[RunEvent]:
        """Return events in memory from number `start` on, which must not be before the first."""
        index = start - self._first
        return self._events[index : index + limit]

    def unsaved_events(self) -> Sequence[RunEvent]:
        """Return the events that are not in the store yet."""
        return self._events[self._saved + 1 - self._first :]

    def saved(self, last_sequence: int) -> None:
        """Note that the store has all events up to `last_sequence`; old ones are forgotten."""
        for event in self._events[self._saved + 1 - self._first : last_sequence + 1 - self._first]:
            self._window_bytes += event.ByteSize()
        self._saved = last_sequence
        forgotten = 0
        while self._window_bytes > WINDOW_BYTES and self._first + forgotten <= self._saved:
            self._window_bytes -= self._events[forgotten].ByteSize()
            forgotten += 1
        del self._events[:forgotten]
        self._first += forgotten

    def run_changed(self, state: Run.State.ValueType, failure: Failure | None = None) -> None:
        """Move the run to `state`."""
        self.run.state = state
        if failure:
            self.run.failure.CopyFrom(failure)
        if state == Run.STATE_RUNNING:
            self.run.start_time.CopyFrom(timestamp(self._clock))
        if self.ended:
            self.run.end_time.CopyFrom(timestamp(self._clock))
        self._append(RunEvent(run_state_change=RunStateChange(state=state, failure=failure)))

    def step_changed(self, step_id: str) -> None:
        """Tell the watchers the present state of a step."""
        self._append(RunEvent(step_run=self._steps[step_id]))

    def close_steps(self) -> None:
        """Give every step that has not ended its final state."""
        for step_run in self.run.step_runs:
            if step_run.state in _CLOSING:
                step_run.state = _CLOSING[step_run.state]
                self.step_changed(step_run.step_id)

    def log(self, chunk: LogChunk) -> None:
        """Tell the watchers a piece of output."""
        self._append(RunEvent(log_chunk=chunk))

    def notice(self, notice: RunNotice) -> None:
        """Tell the watchers something noteworthy."""
        self._append(RunEvent(notice=notice))

    def build_progress(self, progress: BuildProgress) -> None:
        """Tell the watchers how far a part of a build is."""
        self._append(RunEvent(build_progress=progress))

    def pushed(self, step_id: str, operation_index: int, image: PushedImage) -> None:
        """Note a tag that is in the registry now."""
        operation_run = self._steps[step_id].operation_runs[operation_index]
        operation_run.pushed_images.pushed_images.append(image)
        self._append(
            RunEvent(
                step_push=StepPush(
                    step_id=step_id, operation_index=operation_index, pushed_image=image
                )
            )
        )

    def _append(self, event: RunEvent) -> None:
        self.run.last_event_sequence += 1
        event.sequence = self.run.last_event_sequence
        event.event_time.CopyFrom(timestamp(self._clock))
        self._events.append(event)
        self._changed.set()
        self._changed = asyncio.Event()
        self._on_change()


def output_chunk(
    step_id: str, operation_index: int, attempt: int, stream: OutputStream.ValueType, data: bytes
) -> LogChunk:
    """Return a piece of the output of an operation; `attempt` counts from 1."""
    return LogChunk(
        step_id=step_id, operation_index=operation_index, attempt=attempt, stream=stream, data=data
    )
