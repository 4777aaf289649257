"""Pushes that will be refused are found before anything is built. Daemon and registry are fakes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from freshet.plan.v1 import operation_pb2 as operations
from freshet.plan.v1.expression_pb2 import Reference, StepMember, Template, TemplatePart
from freshet.plan.v1.plan_pb2 import Dependency, Plan, Step, StepOutcome
from freshet.runner.v1.run_pb2 import Run, StepRun
from runner_service.actions import preflight
from runner_service.daemon.errors import FailureReason
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.port import Credentials
from runner_service.transfers import Refusal
from runner_service.transfers.fake_registry import FakeRemote
from tests.contract.runner import PASSWORD, Harness, build_step, push_step, serving, text

NOT_RUN, SUCCEEDED, FAILED = (
    StepRun.STATE_NOT_RUN,
    StepRun.STATE_SUCCEEDED,
    StepRun.STATE_FAILED,
)
NO = Refusal("HTTP 403: denied", FailureReason.DENIED)
CHECKED = "(checked before the build)"


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    account = Credentials(username="ann", password=PASSWORD)
    daemon = FakeDaemon(
        FakeRegistry(domain="mine.test", account=account),
        FakeRegistry(domain="other.test", account=account),
    )
    async with serving(tmp_path, daemon) as harness:
        (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nRUN true\n")
        yield harness


def states(run: Run) -> list[StepRun.State.ValueType]:
    return [step.state for step in run.step_runs]


def plan_of(push: Step) -> Plan:
    return Plan(steps=[build_step(), push])


def inline(step_id: str = "send") -> Step:
    """Return a push whose account stands in the pipeline; its password is wrong."""
    step = push_step(step_id, "a")
    place = operations.InlineDestination(domain=text("mine.test"), image_name=text("app"))
    place.password.username.CopyFrom(text("ann"))
    place.password.password.CopyFrom(text("wrong-password"))
    step.operations[0].push.inline.CopyFrom(place)
    return step


def deferred(image_name: Template, after: str = "image") -> Step:
    step = push_step("send", "a", after=after)
    place = operations.DeferredDestination(registry_id=text("mine"), image_name=image_name)
    step.operations[0].push.deferred.CopyFrom(place)
    return step


def told_by(step_id: str) -> Template:
    member = StepMember(step_id=step_id, member="imageName")
    hole = Reference(source_text="${{steps.x.imageName}}", step_member=member)
    return Template(parts=[TemplatePart(reference=hole)])


def building_and_pushing(step_id: str = "image") -> Step:
    """Return one step that builds and pushes, and may fail."""
    step = build_step(step_id)
    push = push_step("", "a", after=step_id).operations[0]
    step.operations.append(push)
    step.failure_rule.fail_fast.constant = False
    return step


@pytest.mark.parametrize(
    "reason",
    [
        FailureReason.UNAUTHORIZED,
        FailureReason.DENIED,
        FailureReason.NOT_FOUND,
        FailureReason.INVALID_REFERENCE,
    ],
)
async def test_push_that_will_be_refused_fails_before_anything_is_built(
    harness: Harness, reason: FailureReason
) -> None:
    harness.remotes.refuse_next("check_push", Refusal("no such luck", reason))

    run = await harness.run(plan_of(push_step("send", "a")))

    assert run.failure.reason == f"PUSH_{reason.name}"
    assert 'step "send"' in run.failure.message
    assert f'"mine.test/app:a": no such luck {CHECKED}' in run.failure.message
    assert run.failure.help
    assert states(run) == [NOT_RUN, FAILED]
    assert harness.daemon.builds == []


@pytest.mark.parametrize(
    "reason",
    [
        FailureReason.UNREACHABLE,
        FailureReason.TLS,
        FailureReason.REGISTRY_ERROR,
        FailureReason.RATE_LIMITED,
        FailureReason.QUOTA,
        FailureReason.UNKNOWN,
    ],
)
async def test_what_is_no_clear_no_is_left_to_the_push(
    harness: Harness, reason: FailureReason
) -> None:
    harness.remotes.refuse_next("check_push", Refusal("not now", reason))

    run = await harness.run(plan_of(push_step("send", "a")))

    assert run.state == Run.STATE_SUCCEEDED, run.failure


async def test_silent_registry_is_not_waited_for(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_LIMIT_S", 0.05)
    check, calls = FakeRemote.check_push, iter(range(9))

    async def silent_at_first(remote: FakeRemote, path: str) -> None:
        if next(calls) == 0:
            await asyncio.Event().wait()
        await check(remote, path)

    monkeypatch.setattr(FakeRemote, "check_push", silent_at_first)

    run = await harness.run(plan_of(push_step("send", "a")))

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert next(calls) == 2


async def test_several_places_are_asked_at_once(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = asyncio.Barrier(2)

    async def refused(remote: FakeRemote, path: str) -> None:
        async with asyncio.timeout(5):
            await both.wait()
        raise NO

    monkeypatch.setattr(FakeRemote, "check_push", refused)
    pushes = [push_step("one", "a"), push_step("two", "a", registry="other")]

    run = await harness.run(Plan(steps=[build_step(), *pushes]))

    assert states(run) == [NOT_RUN, FAILED, FAILED]


async def test_one_place_is_asked_for_once(harness: Harness) -> None:
    pushes = [push_step(f"send{number}", f"{number}") for number in range(3)]
    harness.remotes.refuse_next("check_push", NO)

    run = await harness.run(Plan(steps=[build_step(), *pushes]))

    assert harness.remotes.asked == ["check_push"]
    assert states(run) == [NOT_RUN, FAILED, FAILED, FAILED]


@pytest.mark.parametrize("push", [inline(), deferred(text("app"))], ids=["inline", "deferred"])
async def test_every_way_to_write_a_place_is_checked(harness: Harness, push: Step) -> None:
    harness.registries.passwords[:] = ["wrong-password"]

    run = await harness.run(plan_of(push))

    assert run.failure.reason == "PUSH_UNAUTHORIZED"
    assert CHECKED in run.failure.message
    assert "wrong-password" not in str(run.failure)
    assert harness.daemon.builds == []


async def test_place_is_checked_when_the_values_of_its_steps_are_known(harness: Harness) -> None:
    harness.registries.passwords[:] = ["wrong"]
    steps = [build_step("one"), build_step("two", after="one")]

    run = await harness.run(Plan(steps=[*steps, deferred(told_by("one"), after="two")]))

    assert run.failure.reason == "PUSH_UNAUTHORIZED"
    assert '"mine.test/app:a"' in run.failure.message
    assert states(run) == [SUCCEEDED, NOT_RUN, FAILED]


async def test_illegal_tag_is_found_before_the_build(harness: Harness) -> None:
    run = await harness.run(plan_of(push_step("send", "feature/a")))

    assert run.failure.reason == "INVALID_TAG"
    assert harness.daemon.builds == []


async def test_build_step_that_may_fail_does_not_build_what_it_cannot_push(
    harness: Harness,
) -> None:
    harness.registries.passwords[:] = ["wrong"]
    other = build_step("other")

    run = await harness.run(Plan(steps=[building_and_pushing(), other]))

    assert run.state == Run.STATE_SUCCEEDED
    assert states(run) == [FAILED, SUCCEEDED]
    assert run.step_runs[0].failure.reason == "PUSH_UNAUTHORIZED"
    assert len(harness.daemon.builds) == 1


async def test_push_step_that_may_fail_is_not_checked_before(harness: Harness) -> None:
    harness.registries.passwords[:] = ["wrong"]
    push = push_step("send", "a")
    push.failure_rule.fail_fast.constant = False

    run = await harness.run(plan_of(push))

    assert run.state == Run.STATE_SUCCEEDED
    assert states(run) == [SUCCEEDED, FAILED]
    assert CHECKED not in run.step_runs[1].failure.message


async def test_push_after_a_failure_is_not_checked_before(harness: Harness) -> None:
    harness.registries.passwords[:] = ["wrong"]
    failed = Dependency(node_id="image", outcomes=[StepOutcome.STEP_OUTCOME_FAILED])
    rescue = build_step("rescue")
    rescue.start_rule.dependencies.append(failed)

    run = await harness.run(
        Plan(steps=[build_step(), rescue, push_step("send", "a", after="rescue")])
    )

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert states(run) == [SUCCEEDED, NOT_RUN, NOT_RUN]
    assert harness.remotes.asked == []


async def test_disabled_push_is_not_checked(harness: Harness) -> None:
    harness.registries.passwords[:] = ["wrong"]
    step = building_and_pushing()
    step.operations[1].disabled.reference.variable = "OFF"

    run = await harness.run(Plan(steps=[step]), variables={"OFF": "true"})

    assert states(run) == [SUCCEEDED]
    assert harness.remotes.asked == []
