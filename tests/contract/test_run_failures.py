"""How runs fail, and what is tried again."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from freshet.plan.v1.plan_pb2 import Plan, RetryPolicy, Step
from freshet.runner.v1.run_pb2 import Run, StepRun
from runner_service.daemon.errors import FailureReason, PushFailed
from runner_service.transfers import Refusal
from tests.contract.runner import (
    BUILD_AND_PUSH,
    DOCKERFILE,
    PASSWORD,
    Harness,
    build_step,
    push_step,
)


async def test_failed_push_fails_the_run_in_the_words_of_the_registry(harness: Harness) -> None:
    words = "HTTP 403: requested access to the resource is denied"
    harness.remotes.refuse_next("check_push", Refusal(words, FailureReason.DENIED))

    run = await harness.run(BUILD_AND_PUSH)

    assert run.state == Run.STATE_FAILED
    assert run.failure.reason == "PUSH_DENIED"
    assert words in run.failure.message
    assert 'step "send"' in run.failure.message
    assert run.failure.help


async def test_refused_login_is_asked_for_once_more_and_kept(harness: Harness) -> None:
    harness.registries.passwords[:] = ["ended", PASSWORD]

    run = await harness.run(BUILD_AND_PUSH)

    assert run.state == Run.STATE_SUCCEEDED
    images = run.step_runs[1].operation_runs[0].pushed_images.pushed_images
    assert [image.tag for image in images] == ["a", "b"]
    assert harness.registries.refused_count == 1


@pytest.mark.parametrize("passwords", [["wrong"], ["wrong", "wrong too", PASSWORD]])
async def test_login_that_stays_refused_fails_the_push(
    harness: Harness, passwords: list[str]
) -> None:
    harness.registries.passwords[:] = passwords

    run = await harness.run(BUILD_AND_PUSH)

    assert run.failure.reason == "PUSH_UNAUTHORIZED"
    assert harness.registries.refused_count == 1


async def test_tags_before_a_failed_one_are_kept_and_no_more(harness: Harness) -> None:
    harness.remotes.refuse_next("put_manifest", Refusal("HTTP 403", FailureReason.DENIED))

    run = await harness.run(BUILD_AND_PUSH)

    assert run.state == Run.STATE_FAILED
    images = run.step_runs[1].operation_runs[0].pushed_images.pushed_images
    assert [image.tag for image in images] == ["a"]


async def test_step_after_a_failed_one_is_not_run(harness: Harness) -> None:
    (harness.directory / "Dockerfile").unlink()

    run = await harness.run(BUILD_AND_PUSH)

    assert [step.state for step in run.step_runs] == [StepRun.STATE_FAILED, StepRun.STATE_NOT_RUN]
    assert run.failure.reason == "DOCKERFILE_NOT_FOUND"


def put_pipe(path: Path) -> None:
    os.mkfifo(path)


def put_too_much(path: Path) -> None:
    path.write_text(DOCKERFILE + "#" * 1024 * 1024)


@pytest.mark.parametrize("put", [put_pipe, put_too_much, Path.mkdir])
async def test_dockerfile_that_cannot_be_read_is_refused_before_the_daemon_is_asked(
    harness: Harness, put: Callable[[Path], None]
) -> None:
    (harness.directory / "Dockerfile").unlink()
    put(harness.directory / "Dockerfile")

    async with asyncio.timeout(20):
        run = await harness.run(BUILD_AND_PUSH)

    assert run.failure.reason == "DOCKERFILE_NOT_FOUND"
    assert not harness.daemon.builds


async def test_failure_that_is_allowed_lets_the_run_succeed(harness: Harness) -> None:
    (harness.directory / "Dockerfile").unlink()
    step = build_step()
    step.failure_rule.fail_fast.constant = False

    run = await harness.run(Plan(steps=[step]))

    assert run.state == Run.STATE_SUCCEEDED
    assert run.step_runs[0].state == StepRun.STATE_FAILED


async def test_strict_failure_fails_the_run_at_its_end(harness: Harness) -> None:
    (harness.directory / "Dockerfile").unlink()
    step = build_step()
    step.failure_rule.fail_fast.constant = False
    step.failure_rule.strict_fail_fast.constant = True

    run = await harness.run(Plan(steps=[step, build_step("other")]))

    assert run.state == Run.STATE_FAILED
    assert run.step_runs[1].state == StepRun.STATE_FAILED  # it ran all the same


async def test_retry_begins_at_the_operation_that_failed(harness: Harness) -> None:
    build, send = build_step(), push_step("send", "a", after="image")
    both = Step(id="image", operations=[*build.operations, *send.operations])
    both.retry_policy.CopyFrom(RetryPolicy(max_attempt_count=2))
    failure = PushFailed("mine.test/app:a", "quota exceeded", FailureReason.QUOTA)
    harness.daemon.fail_next("push", failure)

    run = await harness.run(Plan(steps=[both]))

    assert run.state == Run.STATE_SUCCEEDED
    assert run.step_runs[0].attempt_count == 2
    assert [each.attempt_count for each in run.step_runs[0].operation_runs] == [1, 2]
    assert len(harness.daemon.builds) == 1
