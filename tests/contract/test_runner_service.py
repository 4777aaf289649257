"""What clients of the runner service may rely on."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import grpc
import pytest

from freshet.plan.v1.operation_pb2 import DeployOperation, Operation
from freshet.plan.v1.plan_pb2 import Plan, RetryPolicy, Step
from freshet.rpc.status import RpcFailure, read_failure
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import BuiltImage, OperationRun, Run, StepRun
from runner_service.daemon.errors import DaemonUnavailable, FailureReason, PushFailed
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.port import Credentials
from runner_service.limits import Limits
from runner_service.transfers import Refusal
from tests.contract.runner import PASSWORD, Harness, build_step, push_step, serving, text

DOCKERFILE = "FROM alpine:3.20\nRUN true\n"


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    account = Credentials(username="ann", password=PASSWORD)
    daemon = FakeDaemon(FakeRegistry(domain="mine.test", account=account))
    async with serving(tmp_path, daemon) as harness:
        (harness.directory / "Dockerfile").write_text(DOCKERFILE)
        yield harness


BUILD_AND_PUSH = Plan(steps=[build_step(), push_step("send", "a", "b")])


async def refused(harness: Harness, plan: Plan, **fields: object) -> RpcFailure:
    with pytest.raises(grpc.RpcError) as raised:
        await harness.create(plan, **fields)
    return read_failure(raised.value)


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


async def test_secret_in_an_instruction_is_masked_in_its_events(harness: Harness) -> None:
    (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nRUN true hunter2 && exit 3\n")
    name = await harness.create(
        BUILD_AND_PUSH, variables={"TOKEN": "hunter2"}, secret_variable_names=["TOKEN"]
    )

    events = await harness.events(name)

    progress = [each.build_progress for each in events if each.HasField("build_progress")]
    assert [each.name for each in progress] == ["[2/2] RUN true **** && exit 3"] * 2
    assert not [each for each in events if b"hunter2" in each.SerializeToString()]


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


async def test_password_of_a_registry_never_reaches_an_event(harness: Harness) -> None:
    words = f"the registry echoes {PASSWORD}"
    harness.daemon.fail_next("push", PushFailed("mine.test/app:a", words, FailureReason.QUOTA))

    run = await harness.run(BUILD_AND_PUSH)
    events = await harness.events(run.name)

    assert PASSWORD not in str(run) + str(events)
    assert "echoes ****" in run.failure.message


async def test_secret_variable_is_hidden_in_output(harness: Harness) -> None:
    plan = Plan(steps=[build_step(tag="hunter2")])

    name = await harness.create(
        plan, variables={"TOKEN": "hunter2"}, secret_variable_names=["TOKEN"]
    )
    events = await harness.events(name)

    output = b"".join(event.log_chunk.data for event in events)
    assert b"Building app:****" in output
    assert "hunter2" not in str(events)
    assert "app:hunter2" in harness.daemon.images  # it is hidden, not changed


async def test_secret_in_a_label_is_hidden_since_whoever_pulls_reads_it(harness: Harness) -> None:
    step = build_step()
    step.operations[0].build.labels.add(name="note", value=text("by hunter2"))

    await harness.run(
        Plan(steps=[step]), variables={"TOKEN": "hunter2"}, secret_variable_names=["TOKEN"]
    )

    assert harness.daemon.builds[0].labels == {"note": "by ****"}


async def test_secret_where_a_long_name_is_cut_is_hidden_whole(harness: Harness) -> None:
    run = "RUN echo " + "x" * 970 + " hunter2hunter2hunter2 " + "y" * 99
    (harness.directory / "Dockerfile").write_text(f"FROM alpine:3.20\n{run}\n")

    name = await harness.create(
        BUILD_AND_PUSH,
        variables={"TOKEN": "hunter2hunter2hunter2"},
        secret_variable_names=["TOKEN"],
    )
    events = await harness.events(name)

    names = [event.build_progress.name for event in events if event.HasField("build_progress")]
    assert 900 < max(map(len, names)) <= 1001
    assert "hunter" not in str(events)


async def test_secret_that_is_too_short_is_warned_of_by_its_name(harness: Harness) -> None:
    name = await harness.create(
        BUILD_AND_PUSH, variables={"PIN": "77"}, secret_variable_names=["PIN"]
    )

    notices = [event.notice for event in await harness.events(name) if event.HasField("notice")]

    assert [notice.reason for notice in notices] == ["SECRET_TOO_SHORT"]
    assert '"PIN"' in notices[0].message
    assert "77" not in notices[0].message


async def test_secrets_that_are_too_large_to_look_for_are_refused(harness: Harness) -> None:
    failure = await refused(
        harness,
        BUILD_AND_PUSH,
        variables={"A": "x" * 400_000, "B": "y" * 200_000},
        secret_variable_names=["A", "B"],
    )

    assert [field for field, _ in failure.violations] == ["secrets"]


async def test_output_of_any_size_reaches_the_watcher_whole(harness: Harness) -> None:
    big = "x" * 3_000_000 + "\n"
    (harness.directory / "big").write_text(big * 3)
    (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nCOPY big /big\nRUN cat /big\n")

    events = await harness.events(await harness.create(Plan(steps=[build_step()])))

    output = b"".join(event.log_chunk.data for event in events)
    assert output.count(b"x" * 3_000_000) == 3
    assert max(event.ByteSize() for event in events) < 1_000_000


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
