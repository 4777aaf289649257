"""Does the operations of one step, again where the step asks for it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from freshet.plan.v1.plan_pb2 import Step
from freshet.runner.v1.run_pb2 import OperationRun
from runner_service.actions import perform
from runner_service.clock import Clock, timestamp
from runner_service.context import OperationContext, RunContext
from runner_service.daemon.errors import DaemonError
from runner_service.errors import StepFailed
from runner_service.failures import step_failure
from runner_service.limits import LimitReached, limited
from runner_service.resume import built_operation, rebuild_if_lost
from runner_service.states import DONE

Sleep = Callable[[float], Awaitable[None]]
_FAILED = frozenset({OperationRun.STATE_FAILED, OperationRun.STATE_TERMINATED})


class Attempts:
    """The attempts of one step. Each begins at the operation that failed before."""

    def __init__(self, context: RunContext, step: Step, clock: Clock, sleep: Sleep) -> None:
        """Do `step` of the run of `context`; `sleep` waits between two attempts."""
        self._context = context
        self._journal = context.journal
        self._step = step
        self._step_run = context.journal.step_run(step.id)
        self._clock = clock
        self._sleep = sleep

    async def perform(self) -> None:
        """Do the step, or what is left of it since the runner was started anew.

        Raises:
            StepFailed: the last attempt failed.
        """
        last = max(1, self._step.retry_policy.max_attempt_count)
        attempt = self._first_attempt()
        while True:
            self._step_run.attempt_count = attempt
            try:
                while (index := self._next_operation()) is not None:
                    await self._operate(index, attempt)
            except StepFailed as failure:
                if attempt >= last:
                    raise
                delay_s = self._delay_s(attempt)
                self._announce_retry(attempt, failure, delay_s)
                await self._sleep(delay_s)
                await self._look_for_image()
                attempt += 1
            else:
                return

    def _first_attempt(self) -> int:
        """Return the number of the attempt that is on: a restart of the runner begins no other."""
        attempt = max(1, self._step_run.attempt_count)
        failed = any(each.state in _FAILED for each in self._step_run.operation_runs)
        return attempt + 1 if failed else attempt  # it was waiting for the next one

    def _next_operation(self) -> int | None:
        states = [each.state for each in self._step_run.operation_runs]
        return next((index for index, state in enumerate(states) if state not in DONE), None)

    def _delay_s(self, attempt: int) -> float:
        policy = self._step.retry_policy
        initial_s = policy.initial_delay.ToMilliseconds() / 1000
        return float(initial_s * max(1.0, policy.delay_multiplier) ** (attempt - 1))

    async def _look_for_image(self) -> None:
        """Build again in the next attempt if the image is not there any more."""
        index = built_operation(self._step_run)
        if index is not None:
            with suppress(DaemonError):  # which the next attempt meets too, and tells
                await rebuild_if_lost(self._journal, self._step, index, self._context.daemon)

    async def _operate(self, index: int, attempt: int) -> None:
        operation = self._step.operations[index]
        context = OperationContext(self._context, self._step, index, attempt)
        operation_run = context.operation_run
        if context.values.flag(operation.disabled):
            operation_run.state = OperationRun.STATE_SKIPPED
            return
        async with self._context.gate.passed():
            self._begin(operation_run)
            state = OperationRun.STATE_FAILED
            try:
                async with limited(self._context.limits) as context.on_output:
                    # First it is stored that it begins: else, after a crash, it would be done again
                    # as if for the first time.
                    await self._journal.settle()
                    await perform(operation, context)
                state = OperationRun.STATE_SUCCEEDED
            except DaemonError as error:
                raise step_failure(error) from error
            except (LimitReached, asyncio.CancelledError):
                state = OperationRun.STATE_TERMINATED
                raise
            finally:
                context.flush()
                operation_run.state = state
                operation_run.end_time.CopyFrom(timestamp(self._clock))
            # A failure is told with what comes of it: another attempt, or the end of the step.
            self._journal.step_changed(self._step.id)

    def _begin(self, operation_run: OperationRun) -> None:
        operation_run.state = OperationRun.STATE_RUNNING
        operation_run.attempt_count += 1
        if not operation_run.HasField("start_time"):
            operation_run.start_time.CopyFrom(timestamp(self._clock))
        self._journal.step_changed(self._step.id)

    def _announce_retry(self, attempt: int, failure: StepFailed, delay_s: float) -> None:
        self._journal.step_changed(self._step.id)
        index = self._next_operation()
        assert index is not None  # the one that failed
        OperationContext(self._context, self._step, index, attempt).warn(
            "STEP_RETRIED",
            f'attempt {attempt} of "{self._step.id}" failed, the next begins in {delay_s:g} s: '
            f"{failure.message}",
        )
