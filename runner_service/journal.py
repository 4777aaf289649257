"""The state of one run and its numbered events.

A run's state *is* the message of the contract, and this module is its only writer. It is kept
twice: `run` is how far the work is, `told` what the store has of it. Whoever asks is told what is
stored, so that nothing anybody heard is gone after a crash. Not thread-safe: everything happens on
the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

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
from runner_service.backlog import Backlog
from runner_service.change import Change
from runner_service.clock import Clock, timestamp
from runner_service.output import OutputGatherer
from runner_service.states import (
    FINAL_STATES,
    apply_event,
    check_run_move,
    check_step_move,
    note_pushed,
)

_NOT_ENDED = frozenset({StepRun.STATE_PENDING, StepRun.STATE_RUNNING})
_PATIENT = frozenset({"log_chunk", "build_progress"})
"""Events that nothing waits for."""
WINDOW_BYTES = 2 * 1024 * 1024
"""How many bytes of saved events are kept in memory for watchers; older ones the store has."""
_CHANGE_BYTES = 1024 * 1024
"""How many bytes of events are saved at a time."""


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

    def __init__(
        self,
        run: Run,
        clock: Clock,
        on_change: Callable[[], None],
        backlog: Backlog | None = None,
    ) -> None:
        """Write into `run`, which the store has; `on_change` is called when there is more to save.

        Events wait in `backlog` until they are saved.
        """
        self.run = run
        self.told = Run()
        """The run without its plan, as it is stored. Replaced as a whole, never changed."""
        self.told.CopyFrom(run)
        self.told.ClearField("plan")
        self._clock = clock
        self._on_change = on_change
        self._backlog = backlog if backlog is not None else Backlog()
        self._output = OutputGatherer(self._append_output)
        self._lost_bytes = 0
        self._steps = {step_run.step_id: step_run for step_run in run.step_runs}
        self._last_told = {each.step_id: _copy(each) for each in run.step_runs}
        self._members = {each.step_id: dict(each.members) for each in run.step_runs}
        self._window: list[RunEvent] = []
        self._window_bytes = 0
        self._changed = asyncio.Event()
        self.hurries = False
        """Whether what waits to be saved is more than a little output."""
        self.is_closed = False
        """Whether nothing happens in it any more."""

    @property
    def ended(self) -> bool:
        """Whether the run is in a final state."""
        return self.run.state in FINAL_STATES

    @property
    def first_sequence(self) -> int:
        """Number of the first event that is in memory for watchers."""
        return self.told.last_event_sequence + 1 - len(self._window)

    @property
    def changed(self) -> asyncio.Event:
        """An event that is set when something was saved. Take it before you look at the events."""
        return self._changed

    @property
    def is_saved(self) -> bool:
        """Whether the store has all that happened."""
        return self._backlog.is_empty

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
        """Return saved events in memory from number `start` on, not before the first."""
        index = start - self.first_sequence
        return self._window[index : index + limit]

    def unsaved(self) -> Change:
        """Return what the store does not have yet; of very much, the first part."""
        run, events = _copy(self.told), self._backlog.first(_CHANGE_BYTES)
        self.hurries = self._backlog.front_count > len(events)
        changed = [apply_event(run, event) for event in events]
        return Change(run=run, events=events, state_changed=any(changed))

    def saved(self, change: Change) -> None:
        """Note that the store has `change`, which `unsaved` returned: now watchers are told."""
        self.told = change.run
        self._backlog.drop(len(change.events))
        self._window += change.events
        self._window_bytes += sum(event.ByteSize() for event in change.events)
        forgotten = 0
        while self._window_bytes > WINDOW_BYTES:
            self._window_bytes -= self._window[forgotten].ByteSize()
            forgotten += 1
        del self._window[:forgotten]
        self._changed.set()
        self._changed = asyncio.Event()

    async def settle(self) -> None:
        """Wait until the store has all that has happened so far."""
        last = self.run.last_event_sequence
        while self.told.last_event_sequence < last and not self.is_closed:
            await self._changed.wait()

    def flush(self) -> None:
        """Tell the output that waits for more."""
        self._output.close_all()

    def close(self) -> None:
        """Let go of what waits; nothing happens in it any more."""
        self.is_closed = True
        self._output.close_all()
        self._backlog.close()
        self._changed.set()

    def run_changed(self, state: Run.State.ValueType, failure: Failure | None = None) -> None:
        """Move the run to `state`."""
        check_run_move(self.run.state, state)
        self._output.close_all()
        if self._lost_bytes:
            self._tell_loss()
        self.run.state = state
        if failure:
            self.run.failure.CopyFrom(failure)
        self._append(RunEvent(run_state_change=RunStateChange(state=state, failure=failure)))

    def step_changed(self, step_id: str) -> None:
        """Tell the watchers the present state of a step."""
        step_run = self._steps[step_id]
        check_step_move(self._last_told[step_id], step_run)
        self._last_told[step_id] = _copy(step_run)
        self._output.close(step_id)
        self._append(RunEvent(step_run=step_run))

    def close_steps(self) -> None:
        """Give every step that has not ended its final state."""
        for step_run in self.run.step_runs:
            if step_run.state in _NOT_ENDED:
                self._close_step(step_run)
                self.step_changed(step_run.step_id)

    def _close_step(self, step_run: StepRun) -> None:
        if not step_run.HasField("start_time"):
            step_run.state = StepRun.STATE_NOT_RUN
            return
        step_run.state = StepRun.STATE_TERMINATED
        step_run.end_time.CopyFrom(timestamp(self._clock))
        for operation_run in step_run.operation_runs:
            if operation_run.state == OperationRun.STATE_RUNNING:
                operation_run.state = OperationRun.STATE_TERMINATED
                operation_run.end_time.CopyFrom(timestamp(self._clock))

    def log(self, chunk: LogChunk) -> None:
        """Tell the watchers a piece of output of any size; it may wait a moment for more."""
        self._output.add(chunk)

    def notice(self, notice: RunNotice) -> None:
        """Tell the watchers something noteworthy."""
        self._output.close(notice.step_id)
        self._append(RunEvent(notice=notice))

    def build_progress(self, progress: BuildProgress) -> None:
        """Tell the watchers how far a part of a build is."""
        self._append(RunEvent(build_progress=progress))

    def pushed(self, step_id: str, operation_index: int, image: PushedImage) -> None:
        """Note a tag that is in the registry now."""
        note_pushed(self._steps[step_id].operation_runs[operation_index], image)
        self._output.close(step_id)
        self._append(
            RunEvent(
                step_push=StepPush(
                    step_id=step_id, operation_index=operation_index, pushed_image=image
                )
            )
        )

    def _append_output(self, chunk: LogChunk) -> None:
        if self._lost_bytes and self._backlog.has_room:
            self._tell_loss()
        if not self._append(RunEvent(log_chunk=chunk)):
            self._lost_bytes += len(chunk.data)

    def _tell_loss(self) -> None:
        """Tell, in the place of output that was left out, how much it was."""
        lost, self._lost_bytes = self._lost_bytes, 0
        self._append(
            RunEvent(
                notice=RunNotice(
                    severity=RunNotice.SEVERITY_WARNING,
                    reason="OUTPUT_LOST",
                    message=f"{lost} bytes of output are missing here: the database of the runner "
                    "took no events, and there was no more room for them to wait",
                    help="the log of the runner tells what the database said",
                )
            )
        )

    def _append(self, event: RunEvent) -> bool:
        """Number `event` and keep it; return False when there is no room for output."""
        event.sequence = self.run.last_event_sequence + 1
        event.event_time.CopyFrom(timestamp(self._clock))
        if not self._backlog.append(event):
            return False
        self.run.last_event_sequence = event.sequence
        self.hurries |= event.WhichOneof("event") not in _PATIENT
        self._on_change()
        return True


_M = TypeVar("_M", Run, StepRun)


def _copy(message: _M) -> _M:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def output_chunk(
    step_id: str, operation_index: int, attempt: int, stream: OutputStream.ValueType, data: bytes
) -> LogChunk:
    """Return a piece of the output of an operation; `attempt` counts from 1."""
    return LogChunk(
        step_id=step_id, operation_index=operation_index, attempt=attempt, stream=stream, data=data
    )
