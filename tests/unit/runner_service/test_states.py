"""Every move that a table holds is made, every other one is refused, and the picture has them."""

import re
from itertools import product
from pathlib import Path

import pytest

from freshet.runner.v1.run_pb2 import (
    Failure,
    LogChunk,
    OperationRun,
    PushedImage,
    Run,
    RunEvent,
    RunStateChange,
    StepPush,
    StepRun,
)
from runner_service.states import (
    FINAL_STATES,
    OPERATION_MOVES,
    RUN_MOVES,
    STEP_MOVES,
    apply_event,
    check_run_move,
    check_step_move,
)

PICTURE = Path(__file__).parents[3] / "docs" / "architecture.md"


def accepts(check: object, *arguments: object) -> bool:
    assert callable(check)
    try:
        check(*arguments)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(("before", "after"), list(product(RUN_MOVES, repeat=2)))
def test_runs_make_the_moves_of_the_table_alone(
    before: Run.State.ValueType, after: Run.State.ValueType
) -> None:
    expected = before == after or after in RUN_MOVES[before]

    assert accepts(check_run_move, before, after) is expected


@pytest.mark.parametrize(("before", "after"), list(product(STEP_MOVES, repeat=2)))
def test_steps_make_the_moves_of_the_table_alone(
    before: StepRun.State.ValueType, after: StepRun.State.ValueType
) -> None:
    expected = before == after or after in STEP_MOVES[before]

    assert accepts(check_step_move, StepRun(state=before), StepRun(state=after)) is expected


@pytest.mark.parametrize(("before", "after"), list(product(OPERATION_MOVES, repeat=2)))
def test_operations_make_the_moves_of_the_table_alone(
    before: OperationRun.State.ValueType, after: OperationRun.State.ValueType
) -> None:
    old, new = (
        StepRun(state=StepRun.STATE_RUNNING, operation_runs=[OperationRun(state=state)])
        for state in (before, after)
    )

    expected = before == after or after in OPERATION_MOVES[before]
    assert accepts(check_step_move, old, new) is expected


def test_no_run_leaves_a_final_state_and_each_other_state_leads_to_one() -> None:
    assert {state for state, after in RUN_MOVES.items() if not after} == FINAL_STATES
    for state in set(RUN_MOVES) - FINAL_STATES:
        assert RUN_MOVES[state] & FINAL_STATES


def test_picture_of_the_architecture_has_every_move_and_no_other() -> None:
    drawn = set(re.findall(r"^ +(\w+) --> (\w+)", PICTURE.read_text(encoding="utf-8"), re.M))

    tables = (("run", Run, RUN_MOVES), ("step", StepRun, STEP_MOVES))
    expected = {
        (f"{kind}_{short(name, before)}", f"{kind}_{short(name, after)}")
        for kind, name, moves in (*tables, ("operation", OperationRun, OPERATION_MOVES))
        for before, afters in moves.items()
        for after in afters
    }
    assert drawn == expected


def short(message: object, state: int) -> str:
    name: str = message.State.Name(state)  # type: ignore[attr-defined]  # any of the three
    return name.removeprefix("STATE_").lower()


def event(sequence: int, **fields: object) -> RunEvent:
    made = RunEvent(sequence=sequence, **fields)  # type: ignore[arg-type]  # any of the oneof
    made.event_time.FromSeconds(1000 + sequence)
    return made


def test_events_make_the_state_of_the_run() -> None:
    run = Run(state=Run.STATE_QUEUED, step_runs=[StepRun(step_id="a"), StepRun(step_id="b")])
    step = StepRun(step_id="b", state=StepRun.STATE_RUNNING, operation_runs=[OperationRun()])
    first, again = (PushedImage(repository="r", tag="t", digest=digest) for digest in "12")
    failure = Failure(reason="X")

    changed = [
        apply_event(run, each)
        for each in (
            event(1, run_state_change=RunStateChange(state=Run.STATE_RUNNING)),
            event(2, step_run=step),
            event(3, log_chunk=LogChunk(step_id="b", data=b"x")),
            event(4, step_push=StepPush(step_id="b", pushed_image=first)),
            event(5, step_push=StepPush(step_id="b", pushed_image=again)),
            event(6, run_state_change=RunStateChange(state=Run.STATE_FAILED, failure=failure)),
        )
    ]

    assert changed == [True, True, False, True, True, True]
    assert run.last_event_sequence == 6
    assert (run.state, run.failure.reason) == (Run.STATE_FAILED, "X")
    assert (run.start_time.seconds, run.end_time.seconds) == (1001, 1006)
    assert run.step_runs[1].operation_runs[0].pushed_images.pushed_images == [again]


def test_event_that_leaves_a_gap_is_refused() -> None:
    with pytest.raises(AssertionError):
        apply_event(Run(), event(2))
