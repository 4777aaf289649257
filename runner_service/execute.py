"""Executes one run: starts steps as they become ready, and decides how the run ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from freshet.plan.v1.plan_pb2 import Step
from freshet.runner.v1.run_pb2 import Failure, Run, StepRun
from runner_service.actions.preflight import Preflight
from runner_service.attempts import Attempts, Sleep
from runner_service.clock import Clock, timestamp
from runner_service.context import RunContext
from runner_service.daemon.errors import DaemonError
from runner_service.errors import StepFailed
from runner_service.failures import step_failure
from runner_service.resume import rebuild_lost_images
from runner_service.schedule import ready_steps


class Executor:
    """Executes the plan of one run."""

    def __init__(self, context: RunContext, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        """Execute the run of `context`; `sleep` waits between two attempts."""
        self._context = context
        self._journal = context.journal
        self._clock = clock
        self._sleep = sleep
        self._preflight = Preflight(context)
        self._stopped = False
        self._failures: list[str] = []

    async def execute(self) -> None:
        """Execute all steps that have not ended. Afterwards the run is in a final state.

        When it is cancelled it leaves everything as it is: whoever cancels knows why.
        """
        self._journal.run_changed(Run.STATE_RUNNING)
        try:
            await rebuild_lost_images(self._journal, self._context.daemon, self._sleep)
        except DaemonError as error:
            self._journal.close_steps()
            self._journal.run_changed(Run.STATE_FAILED, _told(step_failure(error)))
            return
        for step, step_run in zip(
            self._journal.run.plan.steps, self._journal.run.step_runs, strict=True
        ):
            if step_run.state == StepRun.STATE_FAILED:  # before the runner was started anew
                self._note_failure(step)
        await self._run_steps()
        self._journal.close_steps()
        self._conclude()

    async def _run_steps(self) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                running |= await self._start_ready()
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # a bug in a step ends the run
        finally:
            await _cancel(running)

    async def _start_ready(self) -> set[asyncio.Task[None]]:
        ready = await self._admitted()
        for step in ready:
            self._start(step)
        return {asyncio.create_task(self._run_step(step), name=step.id) for step in ready}

    async def _admitted(self) -> list[Step]:
        """Return the steps that start now; fail those that are known to end in a refused push."""
        run = self._journal.run
        while not self._stopped:
            ready = ready_steps(run.plan, {each.step_id: each.state for each in run.step_runs})
            refused = await self._preflight.refused(ready)
            for step, failure in refused:
                self._start(step)
                self._fail_step(step, failure)
            if not refused and not self._stopped:  # by a step that failed meanwhile
                return ready
        return []

    def _start(self, step: Step) -> None:
        step_run = self._journal.step_run(step.id)
        step_run.state = StepRun.STATE_RUNNING
        if not step_run.HasField("start_time"):  # the runner was not started anew since
            step_run.start_time.CopyFrom(timestamp(self._clock))
        self._journal.step_changed(step.id)

    async def _run_step(self, step: Step) -> None:
        limit_s = step.timeout.ToMilliseconds() / 1000 or None
        try:
            async with asyncio.timeout(limit_s):
                await Attempts(self._context, step, self._clock, self._sleep).perform()
        except TimeoutError:
            self._fail_step(step, StepFailed("TIMEOUT", f"it took longer than {limit_s:g} s"))
        except StepFailed as failure:
            self._fail_step(step, failure)
        else:
            self._end_step(step, StepRun.STATE_SUCCEEDED)

    def _fail_step(self, step: Step, failure: StepFailed) -> None:
        hide = self._context.mask.hide_text
        self._journal.step_run(step.id).failure.CopyFrom(_told(failure, hide))
        self._end_step(step, StepRun.STATE_FAILED)
        self._note_failure(step)

    def _note_failure(self, step: Step) -> None:
        """Let a step that failed stop the others, and fail the run, if it is of that kind."""
        fail_fast, strict = self._failure_flags(step)
        self._stopped |= fail_fast
        if fail_fast or strict:
            self._failures.append(step.id)

    def _failure_flags(self, step: Step) -> tuple[bool, bool]:
        """Return `fail_fast` and `strict_fail_fast`; one that cannot be read counts as true."""
        values = self._context.values(step, self._journal.step_run(step.id).attempt_count)
        try:
            return (
                values.flag(step.failure_rule.fail_fast, default=True),
                values.flag(step.failure_rule.strict_fail_fast),
            )
        except StepFailed:
            return True, True

    def _end_step(self, step: Step, state: StepRun.State.ValueType) -> None:
        step_run = self._journal.step_run(step.id)
        step_run.state = state
        step_run.end_time.CopyFrom(timestamp(self._clock))
        self._journal.tell(step.id, {"result": _RESULTS[state]}, self._context.mask.hide_text)
        self._journal.step_changed(step.id)

    def _conclude(self) -> None:
        if not self._failures:
            self._journal.run_changed(Run.STATE_SUCCEEDED)
            return
        step_id = self._failures[0]
        failure = self._journal.step_run(step_id).failure
        self._journal.run_changed(
            Run.STATE_FAILED,
            Failure(
                reason=failure.reason,
                message=f'step "{step_id}" failed: {failure.message}',
                help=failure.help,
            ),
        )


_RESULTS = {
    StepRun.STATE_SUCCEEDED: "success",
    StepRun.STATE_FAILED: "failure",
}
"""The words of the language for how a step ended."""


def _told(failure: StepFailed, hide: Callable[[str], str] = str) -> Failure:
    return Failure(reason=failure.reason, message=hide(failure.message), help=hide(failure.help))


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
