"""What is secret reaches no event; what is not reaches the watcher whole."""

from freshet.plan.v1.plan_pb2 import Plan
from runner_service.daemon.errors import FailureReason, PushFailed
from tests.contract.runner import BUILD_AND_PUSH, PASSWORD, Harness, build_step, refused, text


async def test_secret_in_an_instruction_is_masked_in_its_events(harness: Harness) -> None:
    (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nRUN true hunter2 && exit 3\n")
    name = await harness.create(
        BUILD_AND_PUSH, variables={"TOKEN": "hunter2"}, secret_variable_names=["TOKEN"]
    )

    events = await harness.events(name)

    progress = [each.build_progress for each in events if each.HasField("build_progress")]
    assert [each.name for each in progress] == ["[2/2] RUN true **** && exit 3"] * 2
    assert not [each for each in events if b"hunter2" in each.SerializeToString()]


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
