"""Events are numbered without gaps, and what is saved may be forgotten."""

from pathlib import Path

import pytest

from freshet.plan.v1.operation_pb2 import Operation
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.runner.v1.run_pb2 import Failure, LogChunk, PushedImage, Run, RunEvent, StepRun
from runner_service.backlog import Backlog
from runner_service.clock import SystemClock
from runner_service.journal import WINDOW_BYTES, Journal, new_step_runs
from runner_service.output import CHUNK_BYTES


def new_journal(backlog: Backlog | None = None) -> Journal:
    plan = Plan(steps=[Step(id="build"), Step(id="push", operations=[Operation()])])
    run = Run(name="runs/1", plan=plan, state=Run.STATE_QUEUED, step_runs=new_step_runs(plan))
    return Journal(run, SystemClock(), lambda: None, backlog)


def save(journal: Journal) -> list[RunEvent]:
    """Save all there is, as the recorder does, and return the events."""
    events: list[RunEvent] = []
    while not journal.is_saved:
        change = journal.unsaved()
        events += change.events
        journal.saved(change)
    return events


def test_events_count_up_from_one() -> None:
    journal = new_journal()

    journal.run_changed(Run.STATE_RUNNING)
    journal.step_run("build").state = StepRun.STATE_RUNNING
    journal.step_changed("build")
    journal.run_changed(Run.STATE_FAILED, Failure(reason="X"))

    assert [event.sequence for event in save(journal)] == [1, 2, 3]
    assert journal.run.last_event_sequence == 3
    assert journal.ended
    assert journal.run.failure.reason == "X"


def test_event_keeps_the_state_of_its_moment() -> None:
    journal = new_journal()
    journal.step_run("build").state = StepRun.STATE_RUNNING
    journal.step_changed("build")

    journal.step_run("build").state = StepRun.STATE_SUCCEEDED

    assert save(journal)[0].step_run.state == StepRun.STATE_RUNNING


def test_pushed_tag_is_told_and_kept() -> None:
    journal = new_journal()

    journal.pushed("push", 0, PushedImage(repository="r", tag="t", digest="sha256:1"))

    kept = journal.step_run("push").operation_runs[0].pushed_images.pushed_images
    assert [image.tag for image in kept] == ["t"]
    assert save(journal)[0].step_push.pushed_image.digest == "sha256:1"


def test_nothing_is_told_before_it_is_saved() -> None:
    journal = new_journal()
    journal.run_changed(Run.STATE_RUNNING)
    journal.run_changed(Run.STATE_SUCCEEDED)

    before = journal.told
    assert (before.state, before.last_event_sequence) == (Run.STATE_QUEUED, 0)
    assert journal.events_from(1) == []
    save(journal)

    assert journal.told.state == Run.STATE_SUCCEEDED
    assert journal.told.HasField("end_time")
    assert [event.sequence for event in journal.events_from(1)] == [1, 2]
    assert journal.is_saved


def test_save_that_fails_changes_nothing() -> None:
    journal = new_journal()
    journal.run_changed(Run.STATE_RUNNING)

    first = journal.unsaved()
    journal.run_changed(Run.STATE_SUCCEEDED)
    again = journal.unsaved()

    assert [event.sequence for event in first.events] == [1]
    assert first.run.state == Run.STATE_RUNNING
    assert [event.sequence for event in again.events] == [1, 2]
    assert journal.told.last_event_sequence == 0


async def test_only_a_little_output_can_wait_to_be_saved() -> None:
    journal = new_journal()
    journal.log(LogChunk(step_id="build", data=bytes(CHUNK_BYTES)))
    assert not journal.hurries

    journal.run_changed(Run.STATE_RUNNING)
    assert journal.hurries
    save(journal)
    assert not journal.hurries

    for _ in range(20):
        journal.log(LogChunk(step_id="build", data=bytes(CHUNK_BYTES)))
    journal.saved(journal.unsaved())
    assert journal.hurries
    journal.close()


async def test_saved_events_are_forgotten_beyond_the_window() -> None:
    journal = new_journal()
    for _ in range(3 * WINDOW_BYTES // CHUNK_BYTES):
        journal.log(LogChunk(step_id="build", data=bytes(CHUNK_BYTES)))
    while not journal.is_saved:
        assert sum(event.ByteSize() for event in journal.unsaved().events) <= WINDOW_BYTES
        journal.saved(journal.unsaved())

    kept = journal.events_from(journal.first_sequence)
    assert journal.first_sequence > 1
    assert sum(event.ByteSize() for event in kept) <= WINDOW_BYTES
    assert kept[-1].sequence == journal.run.last_event_sequence
    journal.close()


async def test_lost_output_is_told_in_its_place(tmp_path: Path) -> None:
    journal = new_journal(Backlog(tmp_path, memory_bytes=1, spool_bytes=3 * CHUNK_BYTES))
    for _ in range(5):
        journal.log(LogChunk(step_id="build", data=bytes(CHUNK_BYTES)))
    events = save(journal)
    journal.log(LogChunk(step_id="build", data=b"on"))
    journal.run_changed(Run.STATE_RUNNING)
    events += save(journal)

    kinds = [event.WhichOneof("event") for event in events]
    output = sum(len(event.log_chunk.data) for event in events)
    (notice,) = [event.notice for event in events if event.HasField("notice")]
    assert kinds[-3:] == ["notice", "log_chunk", "run_state_change"]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert notice.reason == "OUTPUT_LOST"
    assert notice.message.startswith(f"{5 * CHUNK_BYTES + 2 - output} bytes")
    journal.close()


async def test_output_comes_before_what_is_told_after_it() -> None:
    journal = new_journal()

    journal.log(LogChunk(step_id="build", data=b"some"))
    journal.log(LogChunk(step_id="build", data=b" output"))
    journal.step_run("build").state = StepRun.STATE_RUNNING
    journal.step_changed("build")

    first, second = save(journal)
    assert first.log_chunk.data == b"some output"
    assert second.HasField("step_run")


def test_move_that_no_step_makes_is_a_bug() -> None:
    journal = new_journal()
    journal.step_run("build").state = StepRun.STATE_SUCCEEDED

    with pytest.raises(AssertionError, match="PENDING"):
        journal.step_changed("build")


def test_steps_that_never_ran_are_closed() -> None:
    journal = new_journal()
    journal.step_run("build").state = StepRun.STATE_RUNNING
    journal.step_run("build").start_time.FromSeconds(1)
    journal.step_changed("build")

    journal.close_steps()

    assert journal.step_run("build").state == StepRun.STATE_TERMINATED
    assert journal.step_run("push").state == StepRun.STATE_NOT_RUN
