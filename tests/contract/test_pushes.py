"""What is told of a push, whatever daemon and registry do. Both are fakes here."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1.run_pb2 import PushedImage, Run, RunEvent
from runner_service.daemon.errors import DaemonUnavailable, FailureReason, PushFailed
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.port import Credentials, ImageStore
from runner_service.transfers import Refusal
from tests.contract.runner import PASSWORD, Harness, build_step, push_step, serving

PLAN = Plan(steps=[build_step(), push_step("send", "a", "b")])
BUSY = Refusal("HTTP 503: busy", FailureReason.REGISTRY_ERROR)
GONE = DaemonUnavailable("unix:///fake.sock", "connection reset", "start it")
AWAY = Refusal("connection refused", FailureReason.UNREACHABLE)


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    account = Credentials(username="ann", password=PASSWORD)
    daemon = FakeDaemon(FakeRegistry(domain="mine.test", account=account))
    async with serving(tmp_path, daemon) as harness:
        (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nRUN true\n")
        yield harness


def failed(words: str, reason: FailureReason) -> PushFailed:
    return PushFailed("mine.test/app:a", words, reason)


def pushed(run: Run) -> list[PushedImage]:
    return list(run.step_runs[1].operation_runs[0].pushed_images.pushed_images)


def notices(events: list[RunEvent], reason: str) -> list[str]:
    return [event.notice.message for event in events if event.notice.reason == reason]


async def test_image_is_uploaded_once_for_all_tags(harness: Harness) -> None:
    run = await harness.run(PLAN)

    assert [image.tag for image in pushed(run)] == ["a", "b"]
    assert len({image.digest for image in pushed(run)}) == 1
    assert [reference for reference, _ in harness.daemon.pushes] == ["mine.test/app:a"]


async def test_transient_trouble_is_tried_again_and_told(harness: Harness) -> None:
    harness.daemon.fail_next("push", failed("503 busy", FailureReason.REGISTRY_ERROR))
    harness.remotes.refuse_next("put_manifest", BUSY)

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED
    first, second = notices(await harness.events(run.name), "PUSH_RETRIED")
    assert "attempt 1" in first
    assert "503 busy" in first
    assert "mine.test/app:b" in second


@pytest.mark.parametrize(
    "reason",
    [
        FailureReason.QUOTA,
        FailureReason.IMMUTABLE_TAG,
        FailureReason.NOT_FOUND,
        FailureReason.TLS,
        FailureReason.INVALID_REFERENCE,
    ],
)
async def test_what_cannot_succeed_is_not_tried_again(
    harness: Harness, reason: FailureReason
) -> None:
    harness.daemon.fail_next("push", failed("its words", reason))

    run = await harness.run(PLAN)

    assert run.failure.reason == f"PUSH_{reason.name}"
    assert "its words" in run.failure.message
    assert len(harness.daemon.pushes) == 1


async def test_trouble_that_stays_ends_after_the_last_attempt(harness: Harness) -> None:
    harness.remotes.refuse_next("check_push", *[BUSY] * 4)  # the first before the build

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_REGISTRY_ERROR"
    assert "HTTP 503: busy" in run.failure.message
    assert len(notices(await harness.events(run.name), "PUSH_RETRIED")) == 2


async def test_wait_that_the_registry_asks_for_is_kept_to(harness: Harness) -> None:
    limit = Refusal("HTTP 429", FailureReason.RATE_LIMITED, retry_after_s=0.3)
    harness.remotes.refuse_next("check_push", limit, limit)
    began = asyncio.get_running_loop().time()

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_registry_that_asks_for_an_hour_is_not_waited_for(harness: Harness) -> None:
    limit = Refusal("HTTP 429: enough", FailureReason.RATE_LIMITED, retry_after_s=3600)
    harness.remotes.refuse_next("check_push", limit, limit)

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_RATE_LIMITED"


async def test_daemon_without_words_is_explained_by_the_registry(harness: Harness) -> None:
    harness.daemon.fail_next("push", failed("400 Bad Request", FailureReason.UNKNOWN))
    harness.daemon.registries["mine.test"].images["mine.test/app:a"] = harness.daemon.images[
        "alpine:3.20"
    ]
    immutable = Refusal("HTTP 400: tag a is immutable", FailureReason.IMMUTABLE_TAG)
    harness.remotes.refuse_next("put_manifest", immutable)

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_IMMUTABLE_TAG"
    assert "400 Bad Request (HTTP 400: tag a is immutable)" in run.failure.message


@pytest.mark.parametrize("reason", [FailureReason.DENIED, FailureReason.UNKNOWN])
async def test_daemon_that_fails_where_the_registry_allows_is_asked_again(
    harness: Harness, reason: FailureReason
) -> None:
    harness.daemon.fail_next("push", failed("insufficient_scope", reason))

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED


async def test_layers_that_the_daemon_may_not_mount_are_sent_without_it(harness: Harness) -> None:
    """Containerd tries to mount them from where it got them, with the account of the push."""
    harness.daemon.description = replace(
        harness.daemon.description, image_store=ImageStore.CONTAINERD
    )
    harness.daemon.fail_next("push", failed("insufficient_scope", FailureReason.DENIED))

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert len(harness.daemon.pushes) == 1
    assert harness.remotes.asked.count("upload_blob") == 1
    assert [image.tag for image in pushed(run)] == ["a", "b"]
    assert not notices(await harness.events(run.name), "PUSH_RETRIED")


async def test_image_that_the_registry_lost_is_pushed_again(harness: Harness) -> None:
    registry = harness.daemon.registries["mine.test"]
    harness.daemon.forget_next_push()

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED
    assert len(harness.daemon.pushes) == 2
    assert set(registry.images) == {"mine.test/app:a", "mine.test/app:b"}


async def test_push_that_cannot_be_read_back_is_no_push(harness: Harness) -> None:
    harness.remotes.refuse_next("digest", *[BUSY] * 4)

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_UNVERIFIED"
    assert "it was sent" in run.failure.message
    assert pushed(run) == []
    assert len(harness.daemon.pushes) == 1  # only reading back was tried again


async def test_push_that_a_gateway_gave_up_and_the_registry_took_is_not_told_as_failed(
    harness: Harness,
) -> None:
    late = failed("504 Gateway Timeout", FailureReason.REGISTRY_ERROR)
    harness.daemon.break_next_push(*[late] * 3)

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_UNVERIFIED"
    assert "504 Gateway Timeout" in run.failure.message


async def test_further_tag_that_a_gateway_gave_up_and_the_registry_took_is_not_told_as_failed(
    harness: Harness,
) -> None:
    harness.remotes.break_next("put_manifest", *[BUSY] * 3)

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_UNVERIFIED"
    assert [image.tag for image in pushed(run)] == ["a"]


async def test_failed_push_to_a_tag_that_names_another_image_is_a_failure(harness: Harness) -> None:
    other = harness.daemon.images["alpine:3.20"]
    harness.daemon.registries["mine.test"].images["mine.test/app:a"] = other
    late = failed("504 Gateway Timeout", FailureReason.REGISTRY_ERROR)
    for _ in range(3):
        harness.daemon.fail_next("push", late)

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_REGISTRY_ERROR"


async def test_push_is_unverified_when_the_daemon_dies_and_the_tag_is_there(
    harness: Harness,
) -> None:
    harness.daemon.break_next_push(GONE)

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_UNVERIFIED"
    assert "mine.test/app:a" in run.failure.message
    assert "connection reset" in run.failure.message


async def test_push_failed_when_the_daemon_dies_and_the_tag_is_not_there(harness: Harness) -> None:
    harness.daemon.fail_next("push", GONE)

    run = await harness.run(PLAN)

    assert run.failure.reason == "DAEMON_UNAVAILABLE"


async def test_tags_that_an_attempt_before_pushed_stay_told(harness: Harness) -> None:
    plan = Plan(steps=[build_step(), push_step("send", "a", "b")])
    plan.steps[1].retry_policy.max_attempt_count = 2
    denied = Refusal("HTTP 403: denied", FailureReason.DENIED)
    harness.remotes.refuse_next("put_manifest", denied)
    hold = harness.daemon.hold_next("push")
    name = await harness.create(plan)
    await hold.reached.wait()
    harness.remotes.refuse_next("check_push", denied)  # of the second attempt
    hold.released.set()

    run = await harness.finish(name)

    assert run.failure.reason == "PUSH_DENIED"
    assert [image.tag for image in pushed(run)] == ["a"]


async def test_tag_that_was_overtaken_is_pushed_all_the_same(harness: Harness) -> None:
    harness.remotes.overtake_next("mine.test/app:a")

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED
    (notice,) = notices(await harness.events(run.name), "TAG_OVERTAKEN")
    assert pushed(run)[0].digest in notice


async def test_registry_that_only_the_daemon_reaches_is_read_back_by_it(harness: Harness) -> None:
    harness.remotes.refuse_next("check_push", AWAY, AWAY, AWAY)

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED
    assert [image.tag for image in pushed(run)] == ["a", "b"]


async def test_wrong_login_never_reaches_the_daemon(harness: Harness) -> None:
    harness.registries.passwords[:] = ["wrong"]

    run = await harness.run(PLAN)

    assert run.failure.reason == "PUSH_UNAUTHORIZED"
    assert harness.daemon.pushes == []


async def test_pushes_to_one_repository_follow_one_another(harness: Harness) -> None:
    first, second = harness.daemon.hold_next("push"), harness.daemon.hold_next("push")
    names = [await harness.create(PLAN) for _ in range(2)]
    await first.reached.wait()
    await asyncio.sleep(0.1)

    assert not second.reached.is_set()
    first.released.set()
    second.released.set()
    assert {(await harness.finish(name)).state for name in names} == {Run.STATE_SUCCEEDED}
