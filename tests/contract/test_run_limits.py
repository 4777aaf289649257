"""Time limits of operations, and runs that are cancelled."""

from pathlib import Path

import pytest

from freshet.plan.v1.plan_pb2 import Plan, RetryPolicy
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import OperationRun, Run, StepRun
from runner_service.daemon.fake_daemon import FakeDaemon
from runner_service.limits import Limits
from tests.contract.runner import BUILD_AND_PUSH, DOCKERFILE, Harness, build_step, serving


async def test_time_limit_fails_the_step(harness: Harness) -> None:
    step = build_step()
    step.timeout.FromMilliseconds(50)
    harness.daemon.hold_next("build")

    run = await harness.run(Plan(steps=[step]))

    assert run.state == Run.STATE_FAILED
    assert run.failure.reason == "TIMEOUT"
    assert run.step_runs[0].operation_runs[0].state == OperationRun.STATE_TERMINATED


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(total_s=0.05), "TIMEOUT"),
        (Limits(silence_s=0.05), "INACTIVE"),
    ],
)
async def test_limits_of_the_runner_fail_the_operation(
    limits: Limits, reason: str, tmp_path: Path
) -> None:
    daemon = FakeDaemon()
    daemon.hold_next("build")
    async with serving(tmp_path, daemon, limits=limits) as harness:
        (harness.directory / "Dockerfile").write_text(DOCKERFILE)
        run = await harness.run(Plan(steps=[build_step()]))

    assert run.state == Run.STATE_FAILED
    assert run.failure.reason == reason
    assert run.failure.help
    assert run.step_runs[0].operation_runs[0].state == OperationRun.STATE_TERMINATED


async def test_operation_that_keeps_talking_is_not_inactive(tmp_path: Path) -> None:
    talk = " && ".join(["sleep 0.15", "echo on"] * 6)
    limits = Limits(silence_s=0.6)
    async with serving(tmp_path, FakeDaemon(), limits=limits) as harness:
        (harness.directory / "Dockerfile").write_text(f"FROM alpine:3.20\nRUN {talk}\n")
        run = await harness.run(Plan(steps=[build_step()]))

    assert run.state == Run.STATE_SUCCEEDED


async def test_operation_that_reached_a_limit_is_tried_again(tmp_path: Path) -> None:
    daemon = FakeDaemon()
    daemon.hold_next("build")
    step = build_step()
    step.retry_policy.CopyFrom(RetryPolicy(max_attempt_count=2))
    async with serving(tmp_path, daemon, limits=Limits(silence_s=1.0)) as harness:
        (harness.directory / "Dockerfile").write_text(DOCKERFILE)
        run = await harness.run(Plan(steps=[step]))

    assert run.state == Run.STATE_SUCCEEDED
    assert run.step_runs[0].operation_runs[0].attempt_count == 2


async def test_cancelled_run_stops_at_once(harness: Harness) -> None:
    hold = harness.daemon.hold_next("build")
    name = await harness.create(BUILD_AND_PUSH)
    await hold.reached.wait()

    await harness.stub.CancelRun(messages.CancelRunRequest(name=name))
    run = await harness.finish(name)

    assert run.state == Run.STATE_CANCELLED
    assert [step.state for step in run.step_runs] == [
        StepRun.STATE_TERMINATED,
        StepRun.STATE_NOT_RUN,
    ]


async def test_run_that_waits_for_a_slot_is_cancelled_without_beginning(harness: Harness) -> None:
    plan = Plan(steps=[build_step()])
    holds = [harness.daemon.hold_next("build") for _ in range(4)]
    names = [await harness.create(plan) for _ in range(5)]
    for hold in holds:
        await hold.reached.wait()
    runner = (await harness.stub.GetRunner(messages.GetRunnerRequest())).runner

    await harness.stub.CancelRun(messages.CancelRunRequest(name=names[4]))
    waiting = await harness.finish(names[4])
    for hold in holds:
        hold.released.set()
    running = [await harness.finish(name) for name in names[:4]]

    assert (runner.running_count, runner.queued_count) == (4, 1)
    assert waiting.state == Run.STATE_CANCELLED
    assert [step.state for step in waiting.step_runs] == [StepRun.STATE_NOT_RUN]
    assert {run.state for run in running} == {Run.STATE_SUCCEEDED}
    assert len(harness.daemon.builds) == 4


async def test_cancelling_an_ended_run_changes_nothing(harness: Harness) -> None:
    run = await harness.run(BUILD_AND_PUSH)

    response = await harness.stub.CancelRun(messages.CancelRunRequest(name=run.name))

    assert response.run.state == Run.STATE_SUCCEEDED
