"""What clients of the runner service may rely on."""

import uuid

import grpc
import pytest

from freshet.plan.v1.operation_pb2 import DeployOperation, Operation
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.rpc.status import read_failure
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import BuiltImage, Run, StepRun
from runner_service.daemon.errors import DaemonUnavailable
from runner_service.daemon.fake_build import FakeImage
from runner_service.daemon.fake_daemon import FakeRegistry
from runner_service.daemon.port import Credentials
from tests.contract.runner import (
    BUILD_AND_PUSH,
    PASSWORD,
    Harness,
    build_step,
    push_step,
    refused,
    text,
)


async def test_run_builds_and_pushes_every_tag(harness: Harness) -> None:
    run = await harness.run(BUILD_AND_PUSH)

    assert run.state == Run.STATE_SUCCEEDED
    assert [step.state for step in run.step_runs] == [StepRun.STATE_SUCCEEDED] * 2
    images = run.step_runs[1].operation_runs[0].pushed_images.pushed_images
    assert [(image.repository, image.tag) for image in images] == [
        ("mine.test/app", "a"),
        ("mine.test/app", "b"),
    ]
    assert all(image.digest.startswith("sha256:") for image in images)
    assert set(harness.daemon.registries["mine.test"].images) == {
        "mine.test/app:a",
        "mine.test/app:b",
    }


async def test_events_are_numbered_and_can_be_taken_up_anywhere(harness: Harness) -> None:
    name = await harness.create(BUILD_AND_PUSH)

    events = await harness.events(name)
    tail = await harness.events(name, start=4)

    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert tail == events[3:]
    assert events[-1].run_state_change.state == Run.STATE_SUCCEEDED


async def test_parts_of_a_build_are_events(harness: Harness) -> None:
    name = await harness.create(BUILD_AND_PUSH)
    again = await harness.create(BUILD_AND_PUSH)

    told = [
        (each.build_progress.name, each.build_progress.HasField("end_time"))
        for each in await harness.events(name)
        if each.HasField("build_progress")
    ]
    uses = [
        (await harness.finish(run)).step_runs[0].operation_runs[0].built_image.cache_use
        for run in (name, again)
    ]

    assert told == [("[2/2] RUN true", False), ("[2/2] RUN true", True)]
    assert uses == [BuiltImage.CACHE_USE_NONE, BuiltImage.CACHE_USE_FULL]


async def test_watching_past_the_newest_event_is_out_of_range(harness: Harness) -> None:
    run = await harness.run(BUILD_AND_PUSH)

    with pytest.raises(grpc.RpcError) as raised:
        await harness.events(run.name, start=run.last_event_sequence + 2)

    failure = read_failure(raised.value)
    assert failure.code is grpc.StatusCode.OUT_OF_RANGE
    assert failure.metadata["last_sequence"] == str(run.last_event_sequence)


async def test_same_request_id_gives_the_same_run(harness: Harness) -> None:
    request_id = str(uuid.uuid4())

    first = await harness.create(BUILD_AND_PUSH, request_id=request_id)
    second = await harness.create(BUILD_AND_PUSH, request_id=request_id)
    await harness.finish(first)

    assert first == second
    assert len(harness.daemon.builds) == 1


async def test_changed_request_of_the_same_id_is_refused(harness: Harness) -> None:
    request_id = str(uuid.uuid4())
    first = await harness.create(BUILD_AND_PUSH, request_id=request_id)

    for plan, changed in (
        (Plan(steps=[build_step()]), {}),
        (BUILD_AND_PUSH, {"variables": {"A": "b"}}),
        (BUILD_AND_PUSH, {"pipeline": "another"}),
    ):
        failure = await refused(harness, plan, **changed, request_id=request_id)
        assert failure.code is grpc.StatusCode.ALREADY_EXISTS
        assert (failure.reason, failure.metadata) == ("REQUEST_ID_REUSED", {"name": first})
    await harness.finish(first)


async def test_repeated_request_needs_no_daemon(harness: Harness) -> None:
    request_id = str(uuid.uuid4())
    run = await harness.run(BUILD_AND_PUSH, request_id=request_id)
    harness.daemon.failure = DaemonUnavailable("unix:///x", "no such file", "start it")

    assert await harness.create(BUILD_AND_PUSH, request_id=request_id) == run.name


async def test_validate_only_checks_and_creates_nothing(harness: Harness) -> None:
    response = await harness.stub.CreateRun(harness.request(BUILD_AND_PUSH, validate_only=True))

    assert response.run.name == ""
    assert harness.daemon.builds == []


async def test_unavailable_daemon_refuses_the_run(harness: Harness) -> None:
    harness.daemon.failure = DaemonUnavailable("unix:///x", "no such file", "start it")

    failure = await refused(harness, BUILD_AND_PUSH)

    assert failure.code is grpc.StatusCode.UNAVAILABLE
    assert failure.reason == "DAEMON_UNAVAILABLE"


async def test_operation_that_cannot_be_done_is_refused_by_name(harness: Harness) -> None:
    plan = Plan(steps=[Step(id="deploy", operations=[Operation(deploy=DeployOperation())])])

    failure = await refused(harness, plan)

    assert failure.code is grpc.StatusCode.UNIMPLEMENTED
    assert failure.metadata == {"step_id": "deploy", "feature": "deploy"}


async def test_all_faults_of_a_request_are_told_together(harness: Harness) -> None:
    plan = Plan(steps=[build_step(), build_step(), push_step("send", after="absent")])

    failure = await refused(harness, plan, request_id="no uuid", secret_variable_names=["X"])

    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
    assert {field for field, _ in failure.violations} == {
        "plan.steps[1].id",
        "plan.steps[2].start_rule",
        "plan.steps[2].operations",
        "request_id",
        "secret_variable_names",
    }


async def test_unknown_run_is_not_found(harness: Harness) -> None:
    stub, name = harness.stub, "runs/absent"
    for call in (
        stub.GetRun(messages.GetRunRequest(name=name)),
        stub.CancelRun(messages.CancelRunRequest(name=name)),
        stub.DeleteRun(messages.DeleteRunRequest(name=name)),
    ):
        with pytest.raises(grpc.RpcError) as raised:
            await call
        assert read_failure(raised.value).reason == "RUN_NOT_FOUND"


async def test_runs_are_listed_newest_first_page_by_page(harness: Harness) -> None:
    plan = Plan(steps=[build_step()])
    names = [(await harness.run(plan, pipeline="p")).name for _ in range(3)]
    await harness.run(plan, pipeline="other")

    first = await harness.stub.ListRuns(messages.ListRunsRequest(page_size=2, pipeline="p"))
    token = first.next_page_token
    second = await harness.stub.ListRuns(
        messages.ListRunsRequest(page_size=2, page_token=token, pipeline="p")
    )

    assert [run.name for run in (*first.runs, *second.runs)] == names[::-1]
    assert second.next_page_token == ""


async def test_deleted_run_is_gone(harness: Harness) -> None:
    run = await harness.run(BUILD_AND_PUSH)

    await harness.stub.DeleteRun(messages.DeleteRunRequest(name=run.name))

    with pytest.raises(grpc.RpcError):
        await harness.stub.GetRun(messages.GetRunRequest(name=run.name))


async def test_calls_of_later_versions_are_refused_by_name(harness: Harness) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        await harness.stub.DecideApproval(messages.DecideApprovalRequest(name="runs/x"))

    failure = read_failure(raised.value)
    assert failure.code is grpc.StatusCode.UNIMPLEMENTED
    assert failure.metadata == {"feature": "approvals"}


async def test_runner_tells_about_its_daemon(harness: Harness) -> None:
    runner = (await harness.stub.GetRunner(messages.GetRunnerRequest())).runner

    assert runner.daemon_available
    assert (runner.daemon_version, runner.platform) == ("26.1.5", "linux/amd64")


async def test_runner_tells_that_its_daemon_is_away(harness: Harness) -> None:
    harness.daemon.failure = DaemonUnavailable("unix:///x", "no such file", "start it")

    runner = (await harness.stub.GetRunner(messages.GetRunnerRequest())).runner

    assert not runner.daemon_available
    assert "no such file" in runner.daemon_message


async def test_inline_push_without_host_reads_it_from_the_name_of_the_image(
    harness: Harness,
) -> None:
    step = push_step("send", "a")
    inline = step.operations[0].push.inline
    inline.image_name.CopyFrom(text("mine.test/app"))
    inline.password.username.CopyFrom(text("ann"))
    inline.password.password.CopyFrom(text(PASSWORD))

    run = await harness.run(Plan(steps=[build_step(), step]))

    (image,) = run.step_runs[1].operation_runs[0].pushed_images.pushed_images
    assert image.repository == "mine.test/app"


async def test_build_pulls_with_the_role_of_aws_of_its_step(harness: Harness) -> None:
    account = Credentials(username="ann", password=PASSWORD)
    base = FakeImage(image_id=f"sha256:{'7' * 64}", files={})
    there = FakeRegistry(
        domain="eu-west-1.mine.test", account=account, images={"eu-west-1.mine.test/base:1": base}
    )
    harness.daemon.registries[there.domain] = there
    (harness.directory / "Dockerfile").write_text("FROM eu-west-1.mine.test/base:1\n")
    step = build_step()
    step.operations.append(push_step("", "a").operations[0])
    for operation in (step.operations[0].build, step.operations[1].push):
        operation.aws_access.region.CopyFrom(text("eu-west-1"))

    run = await harness.run(Plan(steps=[step]))

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert "eu-west-1.mine.test/app:a" in there.images


async def test_push_with_a_role_of_aws_goes_where_the_login_is_for(harness: Harness) -> None:
    account = Credentials(username="ann", password=PASSWORD)
    there = FakeRegistry(domain="eu-west-1.mine.test", account=account)
    harness.daemon.registries[there.domain] = there
    step = push_step("send", "a")
    access = step.operations[0].push.aws_access
    access.region.CopyFrom(text("eu-west-1"))
    access.role_arn.CopyFrom(text("arn:aws:iam::123456789012:role/push"))
    access.session_duration.FromSeconds(900)

    run = await harness.run(Plan(steps=[build_step(), step]))

    (image,) = run.step_runs[1].operation_runs[0].pushed_images.pushed_images
    assert image.repository == "eu-west-1.mine.test/app"
    assert list(there.images) == ["eu-west-1.mine.test/app:a"]
    assert harness.registries.overrides
    for override in harness.registries.overrides:  # before the build, and of the push
        assert override is not None
        assert (override.role_arn, override.duration_seconds) == (
            "arn:aws:iam::123456789012:role/push",
            900,
        )
