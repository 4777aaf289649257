"""Runs outlive their runner: what was done is not done again, and what is done again is told.

A runner that dies is a copy of its database, made at that moment, that another one starts with.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import grpc
import pytest

from freshet.plan.v1.operation_pb2 import CloneOperation, Operation
from freshet.plan.v1.plan_pb2 import Plan, RetryPolicy, Step
from freshet.rpc.status import read_failure
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import OperationRun, Run, RunEvent, StepRun
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.port import Credentials
from tests.contract.runner import PASSWORD, Harness, build_step, push_step, serving, text

DOCKERFILE = "FROM alpine:3.20\nRUN true\n"
SECRET = "hunter2-is-a-secret"


@pytest.fixture
def daemon() -> FakeDaemon:
    account = Credentials(username="ann", password=PASSWORD)
    return FakeDaemon(FakeRegistry(domain="mine.test", account=account))


@pytest.fixture
async def harness(tmp_path: Path, daemon: FakeDaemon) -> AsyncIterator[Harness]:
    """Serve the runner that dies."""
    folder = tmp_path / "a"
    folder.mkdir()
    async with serving(folder, daemon) as harness:
        (harness.directory / "Dockerfile").write_text(DOCKERFILE)
        yield harness


def image_and_push(*tags: str, attempt_count: int = 1) -> Plan:
    """Return a plan with one step that builds and pushes."""
    operations = [*build_step().operations, *push_step("", *tags, after="image").operations]
    policy = RetryPolicy(max_attempt_count=attempt_count)
    return Plan(steps=[Step(id="image", operations=operations, retry_policy=policy)])


@asynccontextmanager
async def started_anew(died: Harness) -> AsyncIterator[Harness]:
    """Start a runner with what one stored that dies now."""
    old = died.directory.parent
    folder = old.with_name("b")
    folder.mkdir()
    with (
        closing(sqlite3.connect(old / "runner.db")) as source,
        closing(sqlite3.connect(folder / "runner.db")) as target,
    ):
        source.backup(target)
    async with serving(folder, died.daemon) as harness:
        yield harness


def notices(events: list[RunEvent]) -> list[str]:
    return [event.notice.reason for event in events if event.HasField("notice")]


def are_numbered(events: list[RunEvent]) -> bool:
    return [event.sequence for event in events] == list(range(1, len(events) + 1))


async def test_push_that_was_cut_off_is_done_again_and_the_build_is_not(
    harness: Harness, daemon: FakeDaemon
) -> None:
    hold = daemon.hold_next("push")
    name = await harness.create(image_and_push("a", "b"))
    await hold.reached.wait()
    before = (await harness.stub.GetRun(messages.GetRunRequest(name=name))).run

    async with started_anew(harness) as anew:
        run = await anew.finish(name)
        events = await anew.events(name)

    build, push = run.step_runs[0].operation_runs
    assert before.step_runs[0].operation_runs[0].built_image.image_id == build.built_image.image_id
    assert run.state == Run.STATE_SUCCEEDED
    assert len(daemon.builds) == 1
    assert (build.attempt_count, push.attempt_count) == (1, 2)
    assert run.step_runs[0].attempt_count == 1
    assert [image.tag for image in push.pushed_images.pushed_images] == ["a", "b"]
    assert notices(events) == ["OPERATION_REPEATED"]
    assert are_numbered(events)
    (first, _) = push.pushed_images.pushed_images
    definition = json.loads(first.provenance)["predicate"]["buildDefinition"]
    assert definition["internalParameters"] == {"materialsKnown": True}  # the first runner heard


async def test_build_that_was_cut_off_is_done_again_and_told(
    harness: Harness, daemon: FakeDaemon
) -> None:
    hold = daemon.hold_next("build")
    name = await harness.create(image_and_push("a"))
    await hold.reached.wait()

    async with started_anew(harness) as anew:
        run = await anew.finish(name)
        events = await anew.events(name)

    states = [
        event.run_state_change.state for event in events if event.HasField("run_state_change")
    ]
    assert states == [
        Run.STATE_RUNNING,
        Run.STATE_QUEUED,
        Run.STATE_RUNNING,
        Run.STATE_SUCCEEDED,
    ]
    assert [each.attempt_count for each in run.step_runs[0].operation_runs] == [2, 1]
    assert notices(events) == ["OPERATION_REPEATED"]


async def test_steps_that_were_done_are_not_done_again(
    harness: Harness, daemon: FakeDaemon
) -> None:
    hold = daemon.hold_next("push")
    name = await harness.create(Plan(steps=[build_step(), push_step("send", "a")]))
    await hold.reached.wait()

    async with started_anew(harness) as anew:
        run = await anew.finish(name)

    assert run.state == Run.STATE_SUCCEEDED
    assert len(daemon.builds) == 1
    assert run.step_runs[1].operation_runs[0].pushed_images.pushed_images[0].tag == "a"


@pytest.mark.parametrize("plan", ["one step", "two steps"])
async def test_image_that_is_gone_is_built_again_and_told(
    plan: str, harness: Harness, daemon: FakeDaemon
) -> None:
    hold = daemon.hold_next("push")
    two = Plan(steps=[build_step(), push_step("send", "a")])
    name = await harness.create(image_and_push("a") if plan == "one step" else two)
    await hold.reached.wait()
    daemon.images = {name: image for name, image in daemon.images.items() if "alpine" in name}

    async with started_anew(harness) as anew:
        run = await anew.finish(name)
        events = await anew.events(name)

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert len(daemon.builds) == 2
    assert set(notices(events)) == {"OPERATION_REPEATED", "IMAGE_REBUILT"}
    assert run.step_runs[0].operation_runs[0].attempt_count == 2


async def test_image_that_is_gone_at_a_retry_is_built_again_and_told(
    harness: Harness, daemon: FakeDaemon
) -> None:
    hold = daemon.hold_next("push")
    name = await harness.create(image_and_push("a", attempt_count=2))
    await hold.reached.wait()
    daemon.images = {name: image for name, image in daemon.images.items() if "alpine" in name}
    hold.released.set()

    run = await harness.finish(name)
    events = await harness.events(name)

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert len(daemon.builds) == 2
    assert notices(events) == ["STEP_RETRIED", "IMAGE_REBUILT"]


async def test_run_that_waited_for_a_slot_begins_after_the_restart(
    harness: Harness, daemon: FakeDaemon
) -> None:
    plan = Plan(steps=[build_step()])
    holds = [daemon.hold_next("build") for _ in range(4)]
    names = [await harness.create(plan) for _ in range(5)]
    for hold in holds:
        await hold.reached.wait()

    async with started_anew(harness) as anew:
        runs = [await anew.finish(name) for name in names]
        events = await anew.events(names[4])

    assert {run.state for run in runs} == {Run.STATE_SUCCEEDED}
    assert notices(events) == []
    assert len(daemon.builds) == 9


async def test_run_that_was_being_cancelled_is_cancelled(
    harness: Harness, daemon: FakeDaemon, tmp_path: Path
) -> None:
    hold = daemon.hold_next("build")
    name = await harness.create(Plan(steps=[build_step()]))
    await hold.reached.wait()
    async with started_anew(harness):
        pass  # and dies again, while the run
    with closing(sqlite3.connect(tmp_path / "b" / "runner.db")) as database:
        (content,) = database.execute("SELECT run FROM runs").fetchone()
        run = Run.FromString(content)
        run.state = Run.STATE_CANCELLING
        database.execute("UPDATE runs SET run = ?", [run.SerializeToString()])
        database.commit()

    async with serving(tmp_path / "b", daemon) as anew:
        run = await anew.finish(name)

    assert run.state == Run.STATE_CANCELLED


async def test_failure_before_the_restart_fails_the_run(
    harness: Harness, daemon: FakeDaemon
) -> None:
    clone = Operation(clone=CloneOperation(repository=text("another/repository")))
    failing = Step(id="failing", operations=[clone])
    hold = daemon.hold_next("build")
    name = await harness.create(Plan(steps=[build_step("slow"), failing]))
    await hold.reached.wait()
    await wait_for_step(harness, name, "failing", StepRun.STATE_FAILED)

    async with started_anew(harness) as anew:
        run = await anew.finish(name)

    assert run.state == Run.STATE_FAILED
    assert run.failure.reason == "CLONE_UNSUPPORTED"
    assert [each.state for each in run.step_runs] == [
        StepRun.STATE_TERMINATED,
        StepRun.STATE_FAILED,
    ]
    assert len(daemon.builds) == 1  # a failure lets no further step begin


async def wait_for_step(
    harness: Harness, name: str, step_id: str, state: StepRun.State.ValueType
) -> None:
    request = messages.WatchRunRequest(name=name)
    async for response in harness.stub.WatchRun(request):
        for event in response.events:
            if event.step_run.step_id == step_id and event.step_run.state == state:
                return


@pytest.mark.parametrize(
    "given",
    [
        {"secrets": {"vault/token": SECRET}},
        {"variables": {"TOKEN": SECRET, "A": "b"}, "secret_variable_names": ["TOKEN"]},
    ],
)
async def test_run_with_secrets_ends_and_says_which_are_missing(
    given: dict[str, object], harness: Harness, daemon: FakeDaemon
) -> None:
    hold = daemon.hold_next("build")
    name = await harness.create(Plan(steps=[build_step()]), **given)
    await hold.reached.wait()

    async with started_anew(harness) as anew:
        run = await anew.finish(name)
        files = [path for path in anew.directory.parent.iterdir() if path.is_file()]
        stored = b"".join(path.read_bytes() for path in files)

    assert run.state == Run.STATE_FAILED
    assert run.failure.reason == "SECRETS_NOT_KEPT"
    assert ("vault/token" if "secrets" in given else "TOKEN") in run.failure.message
    assert [step.state for step in run.step_runs] == [StepRun.STATE_TERMINATED]
    assert len(daemon.builds) == 1
    assert name.removeprefix("runs/").encode() in stored
    assert SECRET.encode() not in stored


async def test_variables_are_the_same_after_the_restart(
    harness: Harness, daemon: FakeDaemon
) -> None:
    step = build_step()
    (part,) = step.operations[0].build.tags[0].parts
    part.reference.variable = "TAG"
    hold = daemon.hold_next("build")
    name = await harness.create(Plan(steps=[step]), variables={"TAG": "blue"})
    await hold.reached.wait()

    async with started_anew(harness) as anew:
        run = await anew.finish(name)

    references = run.step_runs[0].operation_runs[0].built_image.references
    assert references == ["app:blue"]


async def test_same_request_after_the_restart_is_the_same_run(
    harness: Harness, daemon: FakeDaemon
) -> None:
    request_id = "65a5c0f0-2d3f-4ad2-9d38-5dbb5f0d7e01"
    plan = Plan(steps=[build_step()])
    first = harness.request(plan, request_id=request_id)
    name = (await harness.stub.CreateRun(first)).run.name
    await harness.finish(name)

    async with started_anew(harness) as anew:
        again = (await anew.stub.CreateRun(first)).run

    assert (again.name, again.state) == (name, Run.STATE_SUCCEEDED)
    assert len(daemon.builds) == 1


async def test_stop_waits_for_the_operation_and_the_next_start_goes_on_behind_it(
    tmp_path: Path, daemon: FakeDaemon
) -> None:
    async with serving(tmp_path, daemon, drain_s=10) as harness:
        (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nRUN sleep 0.3\n")
        name = await harness.create(image_and_push("a"))
        await wait_for_step(harness, name, "image", StepRun.STATE_RUNNING)
    async with serving(tmp_path, daemon) as harness:
        run = await harness.finish(name)
        events = await harness.events(name)

    assert run.state == Run.STATE_SUCCEEDED
    assert [each.attempt_count for each in run.step_runs[0].operation_runs] == [1, 1]
    assert notices(events) == []
    assert are_numbered(events)


async def test_stop_hands_over_what_does_not_end_in_time(
    tmp_path: Path, daemon: FakeDaemon
) -> None:
    hold = daemon.hold_next("build")
    async with serving(tmp_path, daemon, drain_s=0.05) as harness:
        (harness.directory / "Dockerfile").write_text(DOCKERFILE)
        name = await harness.create(image_and_push("a"))
        await hold.reached.wait()
    async with serving(tmp_path, daemon) as harness:
        run = await harness.finish(name)

    assert run.state == Run.STATE_SUCCEEDED
    assert [each.attempt_count for each in run.step_runs[0].operation_runs] == [2, 1]
    assert {each.state for each in run.step_runs[0].operation_runs} == {
        OperationRun.STATE_SUCCEEDED
    }


async def test_stop_ends_a_run_that_could_not_go_on(tmp_path: Path, daemon: FakeDaemon) -> None:
    hold = daemon.hold_next("build")
    async with serving(tmp_path, daemon) as harness:
        (harness.directory / "Dockerfile").write_text(DOCKERFILE)
        name = await harness.create(image_and_push("a"), secrets={"vault/token": SECRET})
        await hold.reached.wait()
    with closing(sqlite3.connect(tmp_path / "runner.db")) as database:
        (content,) = database.execute("SELECT run FROM runs").fetchone()

    run = Run.FromString(content)
    assert (run.name, run.state) == (name, Run.STATE_FAILED)
    assert run.failure.reason == "SECRETS_NOT_KEPT"


async def test_watcher_is_told_that_the_runner_stops_and_takes_up_again(
    tmp_path: Path, daemon: FakeDaemon
) -> None:
    hold = daemon.hold_next("build")
    seen: list[RunEvent] = []
    with pytest.raises(grpc.RpcError) as raised:
        async with serving(tmp_path, daemon) as harness:
            (harness.directory / "Dockerfile").write_text(DOCKERFILE)
            name = await harness.create(image_and_push("a"))
            watching = harness.stub.WatchRun(messages.WatchRunRequest(name=name))
            await hold.reached.wait()
            await harness.supervisor.stop()
            async for response in watching:
                seen += response.events

    failure = read_failure(raised.value)
    assert (failure.code, failure.reason) == (grpc.StatusCode.UNAVAILABLE, "RUNNER_STOPPING")
    async with serving(tmp_path, daemon) as harness:
        seen += await harness.events(name, start=seen[-1].sequence + 1)
    assert are_numbered(seen)
    assert seen[-1].run_state_change.state == Run.STATE_SUCCEEDED
