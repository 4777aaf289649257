"""The table at the end of a run."""

from compiler.cli.summary import summary_lines
from freshet.runner.v1.run_pb2 import BuiltImage, OperationRun, PushedImage, PushedImages, StepRun
from freshet.runner.v1.run_pb2 import Run as RunMessage


def timed(step_run: StepRun, milliseconds: int) -> StepRun:
    step_run.start_time.FromMilliseconds(1_000_000)
    step_run.end_time.FromMilliseconds(1_000_000 + milliseconds)
    return step_run


BUILD = timed(
    StepRun(
        step_id="image",
        state=StepRun.STATE_SUCCEEDED,
        operation_runs=[
            OperationRun(built_image=BuiltImage(cache_use=BuiltImage.CACHE_USE_PARTIAL))
        ],
    ),
    61_000,
)
PUSH = timed(
    StepRun(
        step_id="send",
        state=StepRun.STATE_FAILED,
        operation_runs=[
            OperationRun(
                pushed_images=PushedImages(
                    pushed_images=[
                        PushedImage(repository="mine.test/app", tag=tag, digest=f"sha256:{tag}")
                        for tag in "ab"
                    ]
                )
            )
        ],
    ),
    340,
)
REST = StepRun(step_id="rest", state=StepRun.STATE_NOT_RUN)


def test_each_step_and_each_pushed_reference_has_a_row() -> None:
    run = RunMessage(step_runs=[BUILD, PUSH, REST])

    lines = list(summary_lines(run, {"image": "Build it"}))

    assert lines == [
        "Step      Result     Time        Cache    Pushed",
        "Build it  succeeded  1 min 01 s  partial",
        "send      failed     0.3 s                mine.test/app:a",
        "                                          mine.test/app:b",
        "rest      not run",
        "Pushed:",
        "  mine.test/app:a  sha256:a",
        "  mine.test/app:b  sha256:b",
    ]


def test_columns_that_say_nothing_are_left_out() -> None:
    assert list(summary_lines(RunMessage(step_runs=[REST]), {})) == [
        "Step  Result",
        "rest  not run",
    ]
