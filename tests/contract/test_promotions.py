"""What becomes of images that a registry has already and a push names; all are fakes here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from freshet.plan.v1 import operation_pb2 as operations
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.runner.v1.run_pb2 import PushedImage, Run
from runner_service.daemon.errors import FailureReason
from runner_service.daemon.fake_build import FakeImage
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.fake_formats import manifest_digest
from runner_service.daemon.port import Credentials
from runner_service.transfers import Refusal
from tests.contract.runner import PASSWORD, Harness, build_step, push_step, serving, text

THERE = "source.test/team/app:1"
IMAGE = FakeImage(image_id=f"sha256:{'5' * 64}", files={"/content": b"some"})
BUSY = Refusal("HTTP 503: busy", FailureReason.REGISTRY_ERROR)
AWAY = Refusal("connection refused", FailureReason.UNREACHABLE)


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    account = Credentials(username="ann", password=PASSWORD)
    daemon = FakeDaemon(
        FakeRegistry(domain="source.test", images={THERE: IMAGE}),
        FakeRegistry(domain="mine.test", account=account),
    )
    async with serving(tmp_path, daemon) as harness:
        (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nRUN true\n")
        yield harness


def promotion(candidate: str, *tags: str, step_id: str = "send") -> Step:
    """Return a step that pushes the image with a name to `mine.test/app`."""
    step = push_step(step_id, *tags)
    step.ClearField("start_rule")
    step.operations[0].push.image.CopyFrom(operations.ImageSource(reference=text(candidate)))
    return step


def pushed(run: Run) -> list[PushedImage]:
    return list(run.step_runs[-1].operation_runs[0].pushed_images.pushed_images)


def told(harness: Harness, run: Run) -> list[tuple[str, str]]:
    return [(image.tag, image.digest) for image in pushed(run)]


async def test_image_goes_from_registry_to_registry(harness: Harness) -> None:
    run = await harness.run(Plan(steps=[promotion(THERE, "a", "b")]))

    assert run.state == Run.STATE_SUCCEEDED
    assert told(harness, run) == [("a", manifest_digest(IMAGE)), ("b", manifest_digest(IMAGE))]
    assert set(harness.daemon.registries["mine.test"].images) == {
        "mine.test/app:a",
        "mine.test/app:b",
    }
    assert not harness.daemon.pulls
    assert not harness.daemon.pushes


async def test_daemon_with_an_image_of_its_own_sends_it(harness: Harness) -> None:
    own = FakeImage(image_id="sha256:own", files={})
    harness.daemon.images |= {THERE: own, own.image_id: own}

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert run.state == Run.STATE_SUCCEEDED
    assert [reference for reference, _ in harness.daemon.pushes] == ["mine.test/app:a"]


async def test_image_that_the_daemon_pulled_is_copied_from_where_it_came(harness: Harness) -> None:
    await harness.daemon.pull(THERE, None, lambda stream, data: None)
    harness.daemon.registries["source.test"].images["source.test/team/app:other"] = IMAGE
    newer = FakeImage(image_id="sha256:newer", files={})
    harness.daemon.registries["source.test"].images[THERE] = newer

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert told(harness, run) == [("a", manifest_digest(IMAGE))]
    assert not harness.daemon.pushes


@pytest.mark.parametrize("refusal", [BUSY, AWAY, Refusal("no", FailureReason.DENIED)])
async def test_daemon_sends_what_it_pulled_and_the_registry_does_not_give(
    harness: Harness, refusal: Refusal
) -> None:
    await harness.daemon.pull(THERE, None, lambda stream, data: None)
    harness.remotes.refuse_next("manifest", refusal)

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert run.state == Run.STATE_SUCCEEDED
    assert [reference for reference, _ in harness.daemon.pushes] == ["mine.test/app:a"]


@pytest.mark.parametrize("reason", [FailureReason.DENIED, FailureReason.NOT_FOUND])
async def test_source_that_refuses_is_named(harness: Harness, reason: FailureReason) -> None:
    harness.remotes.refuse_next("manifest", Refusal("its words", reason))

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert run.failure.reason == f"PULL_{reason.name}"
    assert f'cannot pull "{THERE}": its words' in run.failure.message
    assert run.failure.help
    assert "before the first push" not in run.failure.help
    assert not harness.registries.refused_count  # the login of the target is as good as before


@pytest.mark.parametrize("operation", ["manifest", "read_blob", "upload_blob", "put_manifest"])
async def test_transient_trouble_is_tried_again(harness: Harness, operation: str) -> None:
    harness.remotes.refuse_next(operation, BUSY)  # type: ignore[arg-type]  # by the parameters

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert run.state == Run.STATE_SUCCEEDED
    notices = [event.notice.reason for event in await harness.events(run.name)]
    assert notices.count("PUSH_RETRIED") == 1
    assert not harness.daemon.pulls


async def test_trouble_of_the_source_that_stays_ends_as_one_of_the_source(harness: Harness) -> None:
    harness.remotes.refuse_next("manifest", *[BUSY] * 3)

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert run.failure.reason == "PULL_REGISTRY_ERROR"
    assert "HTTP 503: busy" in run.failure.message


async def test_part_that_the_source_lost_is_told(harness: Harness) -> None:
    lost = Refusal("blob unknown", FailureReason.NOT_FOUND)
    harness.remotes.refuse_next("read_blob", lost)

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert run.failure.reason == "PULL_NOT_FOUND"
    assert "the registry has not all of the image: blob unknown" in run.failure.message


async def test_source_that_only_the_daemon_reaches_is_pulled_by_it(harness: Harness) -> None:
    harness.remotes.refuse_next("manifest", AWAY)

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert run.state == Run.STATE_SUCCEEDED
    assert [reference for reference, _ in harness.daemon.pulls] == [THERE]
    assert [reference for reference, _ in harness.daemon.pushes] == ["mine.test/app:a"]


async def test_target_that_only_the_daemon_reaches_is_pushed_to_by_it(harness: Harness) -> None:
    harness.remotes.refuse_next("check_push", AWAY, AWAY, AWAY)

    run = await harness.run(Plan(steps=[promotion(THERE, "a")]))

    assert run.state == Run.STATE_SUCCEEDED
    assert [reference for reference, _ in harness.daemon.pulls] == [THERE]


async def test_image_of_a_push_before_is_taken_from_where_that_put_it(harness: Harness) -> None:
    plan = Plan(steps=[promotion(THERE, "a"), push_step("again", "b", after="send")])

    run = await harness.run(plan)

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert told(harness, run) == [("b", manifest_digest(IMAGE))]
    assert not harness.daemon.pulls


async def test_built_image_that_the_daemon_lost_is_taken_from_where_it_was_pushed(
    harness: Harness,
) -> None:
    built = build_step("first")
    built.operations.append(push_step("", "a").operations[0])
    built.operations[1].push.image.step_id = "first"
    looks = [harness.daemon.hold_next("find_image") for _ in range(2)]  # for the base, and then
    name = await harness.create(Plan(steps=[built, push_step("second", "b", after="first")]))
    looks[0].released.set()
    await looks[1].reached.wait()
    harness.daemon.images.clear()
    looks[1].released.set()

    run = await harness.finish(name)

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    (image,) = pushed(run)
    assert run.step_runs[0].operation_runs[1].pushed_images.pushed_images[0].digest == image.digest
    assert [reference for reference, _ in harness.daemon.pushes] == ["mine.test/app:a"]
