"""Events are numbered without gaps, and what is saved may be forgotten."""

from freshet.plan.v1.operation_pb2 import Operation
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.runner.v1.run_pb2 import Failure, LogChunk, PushedImage, Run, StepRun
from runner_service import journal as journal_module
from runner_service.clock import SystemClock
from runner_service.journal import Journal, new_step_runs


def new_journal() -> Journal:
    plan = Plan(steps=[Step(id="build"), Step(id="push", operations=[Operation()])])
    run = Run(name="runs/1", plan=plan, step_runs=new_step_runs(plan))
    return Journal(run, SystemClock(), lambda: None)


def test_events_count_up_from_one() -> None:
    journal = new_journal()

    journal.run_changed(Run.STATE_RUNNING)
    journal.step_run("build").state = StepRun.STATE_RUNNING
    journal.step_changed("build")
    journal.run_changed(Run.STATE_FAILED, Failure(reason="X"))

    assert [event.sequence for event in journal.events_from(1)] == [1, 2, 3]
    assert journal.run.last_event_sequence == 3
    assert journal.ended
    assert journal.run.failure.reason == "X"


def test_event_keeps_the_state_of_its_moment() -> None:
    journal = new_journal()
    journal.step_run("build").state = StepRun.STATE_RUNNING
    journal.step_changed("build")

    journal.step_run("build").state = StepRun.STATE_SUCCEEDED

    assert journal.events_from(1)[0].step_run.state == StepRun.STATE_RUNNING


def test_pushed_tag_is_told_and_kept() -> None:
    journal = new_journal()

    journal.pushed("push", 0, PushedImage(repository="r", tag="t", digest="sha256:1"))

    kept = journal.step_run("push").operation_runs[0].pushed_images.pushed_images
    assert [image.tag for image in kept] == ["t"]
    assert journal.events_from(1)[0].step_push.pushed_image.digest == "sha256:1"


def test_saved_events_are_forgotten_beyond_the_window() -> None:
    journal = new_journal()
    big = bytes(journal_module.WINDOW_BYTES // 2)
    for _ in range(4):
        journal.log(LogChunk(step_id="build", data=big))

    assert journal.first_sequence == 1  # nothing is forgotten before it is saved
    journal.saved(3)

    assert journal.first_sequence == 3
    assert [event.sequence for event in journal.unsaved_events()] == [4]
    assert [event.sequence for event in journal.events_from(3)] == [3, 4]


def test_steps_that_never_ran_are_closed() -> None:
    journal = new_journal()
    journal.step_run("build").state = StepRun.STATE_RUNNING

    journal.close_steps()

    assert journal.step_run("build").state == StepRun.STATE_TERMINATED
    assert journal.step_run("push").state == StepRun.STATE_NOT_RUN
