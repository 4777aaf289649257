"""Does the operations of one step, again where the step asks for it."""

import asyncio
from collections.abc import Awaitable, Callable

from freshet.plan.v1.plan_pb2 import Step
from freshet.runner.v1.run_pb2 import OperationRun
from runner_service.actions import perform
from runner_service.clock import Clock, timestamp
from runner_service.context import OperationContext, RunContext
from runner_service.daemon.errors import DaemonError
from runner_service.errors import StepFailed
from runner_service.failures import step_failure

Sleep = Callable[[float], Awaitable[None]]


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
        """Do the step.

        Raises:
            StepFailed: the last attempt failed.
        """
        last = max(1, self._step.retry_policy.max_attempt_count)
        delay_s = self._step.retry_policy.initial_delay.ToMilliseconds() / 1000
        next_operation = 0
        for attempt in range(1, last + 1):
            self._step_run.attempt_count = attempt
            self._journal.step_changed(self._step.id)
            try:
                while next_operation < len(self._step.operations):
                    await self._operate(next_operation, attempt)
                    next_operation += 1
            except StepFailed as failure:
                if attempt == last:
                    raise
                self._announce_retry(next_operation, attempt, failure, delay_s)
                await self._sleep(delay_s)
                delay_s *= max(1.0, self._step.retry_policy.delay_multiplier)
            else:
                return

    async def _operate(self, index: int, attempt: int) -> None:
        operation = self._step.operations[index]
        context = OperationContext(self._context, self._step, index, attempt)
        operation_run = context.operation_run
        if context.values.flag(operation.disabled):
            operation_run.state = OperationRun.STATE_SKIPPED
            return
        operation_run.state = OperationRun.STATE_RUNNING
        operation_run.attempt_count += 1
        if not operation_run.HasField("start_time"):
            operation_run.start_time.CopyFrom(timestamp(self._clock))
        state = OperationRun.STATE_FAILED
        try:
            await perform(operation, context)
            state = OperationRun.STATE_SUCCEEDED
        except DaemonError as error:
            raise step_failure(error) from error
        except asyncio.CancelledError:
            state = OperationRun.STATE_TERMINATED
            raise
        finally:
            context.flush()
            operation_run.state = state
            operation_run.end_time.CopyFrom(timestamp(self._clock))

    def _announce_retry(
        self, index: int, attempt: int, failure: StepFailed, delay_s: float
    ) -> None:
        context = OperationContext(self._context, self._step, index, attempt)
        context.warn(
            "STEP_RETRIED",
            f'attempt {attempt} of "{self._step.id}" failed, the next begins in {delay_s:g} s: '
            f"{failure.message}",
        )
