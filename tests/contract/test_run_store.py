"""What the runner may rely on, whichever database keeps its runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from freshet.database import sqlite_url
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.runner.v1.run_pb2 import LogChunk, Run, RunEvent
from runner_service.change import Change
from runner_service.errors import RequestIdReused, StoreUnavailable
from runner_service.store.port import RunRequest
from runner_service.store.sql import SqlRunStore, open_store
from tests.contract.stores import from_outside, restore

ID = "65a5c0f0-2d3f-4ad2-9d38-5dbb5f0d7e01"
ANONYMOUS = RunRequest(id="", digest=b"d" * 32, message=b"message")


@pytest.fixture
def store(store_url: str) -> Iterator[SqlRunStore]:
    opened = open_store(store_url, "one")
    yield opened
    opened.close()


@pytest.fixture
def other(store: SqlRunStore, store_url: str) -> Iterator[SqlRunStore]:
    """Open the same database as another runner."""
    opened = open_store(store_url, "other")
    yield opened
    opened.close()


def new_run(number: int, pipeline: str = "p") -> Run:
    plan = Plan(steps=[Step(id="a")])
    return Run(name=f"runs/{number:024x}", plan=plan, pipeline=pipeline, state=Run.STATE_QUEUED)


def run_id(run: Run) -> str:
    return run.name.removeprefix("runs/")


def outputs(first: int, last: int, data: bytes = b"x") -> list[RunEvent]:
    chunk = LogChunk(data=data)
    return [RunEvent(sequence=number, log_chunk=chunk) for number in range(first, last + 1)]


def change_of(run: Run, events: list[RunEvent], *, state_changed: bool = True) -> Change:
    after = Run()
    after.CopyFrom(run)
    after.ClearField("plan")
    after.last_event_sequence = events[-1].sequence
    return Change(run=after, events=events, state_changed=state_changed)


def ended_run(store: SqlRunStore, number: int, event_count: int = 1) -> Run:
    """Store a run that ended `number` seconds after 1970."""
    run = new_run(number)
    store.create(run, ANONYMOUS)
    run.state = Run.STATE_SUCCEEDED
    run.end_time.FromSeconds(number)
    store.save([change_of(run, outputs(1, event_count, b"12345"))])
    run.last_event_sequence = event_count
    return run


def test_run_is_there_after_a_restart_with_its_plan_and_events(
    store: SqlRunStore, store_url: str
) -> None:
    run = ended_run(store, 1)
    store.close()

    again = open_store(store_url, "one")
    found, events = again.load(run_id(run)), again.events(run_id(run), 1, 9)
    unfinished = again.unfinished()
    again.close()

    assert found == run
    assert [event.log_chunk.data for event in events] == [b"12345"]
    assert unfinished == []


def test_output_moves_the_number_of_the_last_event_and_nothing_else(store: SqlRunStore) -> None:
    run = new_run(1)
    store.create(run, ANONYMOUS)
    changed = Run(name=run.name, state=Run.STATE_RUNNING)

    store.save([change_of(changed, outputs(1, 3), state_changed=False)])

    found = store.load(run_id(run))
    assert found and found.state == Run.STATE_QUEUED
    assert found.last_event_sequence == 3


def test_change_that_was_written_already_is_taken_again_with_more_behind_it(
    store: SqlRunStore,
) -> None:
    run = new_run(1)
    store.create(run, ANONYMOUS)
    store.save([change_of(run, outputs(1, 3))])

    store.save([change_of(run, outputs(1, 5))])
    store.save([change_of(run, outputs(1, 5))])

    assert [event.sequence for event in store.events(run_id(run), 1, 99)] == [1, 2, 3, 4, 5]


def test_changes_are_written_together_or_not_at_all(store: SqlRunStore) -> None:
    first, second = new_run(1), new_run(2)
    for run in (first, second):
        store.create(run, ANONYMOUS)
    twice = [*outputs(1, 1), *outputs(1, 1)]

    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        store.save([change_of(first, outputs(1, 2)), change_of(second, twice)])

    assert store.events(run_id(first), 1, 9) == []
    found = store.load(run_id(first))
    assert found and found.last_event_sequence == 0


def test_events_begin_where_they_are_asked_for(store: SqlRunStore) -> None:
    run = new_run(1)
    store.create(run, ANONYMOUS)
    store.save([change_of(run, outputs(1, 9))])

    assert [event.sequence for event in store.events(run_id(run), 4, 3)] == [4, 5, 6]


def test_same_request_returns_the_first_run(store: SqlRunStore, other: SqlRunStore) -> None:
    request = RunRequest(id=ID, digest=b"1" * 32, message=b"")
    first, second = new_run(1), new_run(2)

    assert store.made_by(request) is None
    created = store.create(first, request)
    again = other.create(second, request)

    assert created == again == first
    assert store.made_by(request) == first
    assert store.load(run_id(second)) is None


def test_another_request_of_the_same_id_is_refused(store: SqlRunStore) -> None:
    store.create(new_run(1), RunRequest(id=ID, digest=b"1" * 32, message=b""))
    changed = RunRequest(id=ID, digest=b"2" * 32, message=b"")

    with pytest.raises(RequestIdReused, match=r"runs/0*1\""):
        store.create(new_run(2), changed)
    with pytest.raises(RequestIdReused):
        store.made_by(changed)

    assert store.load(run_id(new_run(2))) is None


def test_pages_go_from_the_newest_to_the_oldest(store: SqlRunStore) -> None:
    for number in range(1, 6):
        store.create(new_run(number, pipeline="even" if number % 2 == 0 else "odd"), ANONYMOUS)

    first, key = store.page(pipeline="odd", after="", limit=2)
    second, end = store.page(pipeline="odd", after=key, limit=2)

    assert [int(run.name[-1]) for run in (*first, *second)] == [5, 3, 1]
    assert end == ""


def test_runner_finds_its_own_unfinished_runs_with_their_requests(
    store: SqlRunStore, other: SqlRunStore
) -> None:
    for number in (2, 1):
        store.create(new_run(number), RunRequest(id="", digest=b"", message=b"%d" % number))
    other.create(new_run(3), ANONYMOUS)
    ended_run(store, 4)

    found = store.unfinished()

    assert [(run, message) for run, message in found] == [(new_run(2), b"2"), (new_run(1), b"1")]


def test_ended_runs_are_told_newest_first_with_the_size_of_their_events(
    store: SqlRunStore,
) -> None:
    first, second = ended_run(store, 1), ended_run(store, 2, event_count=3)
    store.create(new_run(3), ANONYMOUS)

    size = outputs(1, 1, b"12345")[0].ByteSize()
    assert store.ended() == [
        (run_id(second), 2_000_000, 3 * size),
        (run_id(first), 1_000_000, size),
    ]


def test_events_are_dropped_a_few_at_a_time_and_the_run_stays(store: SqlRunStore) -> None:
    run, other = ended_run(store, 1, event_count=7), ended_run(store, 2)

    more = [store.drop_events(run_id(run), 3) for _ in range(3)]

    assert more == [True, True, False]
    assert store.events(run_id(run), 1, 9) == []
    assert store.load(run_id(run)) == run
    assert store.ended()[1].event_bytes == 0
    assert len(store.events(run_id(other), 1, 9)) == 1


def test_deleted_run_leaves_no_events(store: SqlRunStore) -> None:
    run = ended_run(store, 1)

    store.delete(run_id(run))
    store.save([change_of(run, outputs(2, 3))])

    assert store.load(run_id(run)) is None
    assert store.events(run_id(run), 1, 10) == []


def test_database_of_the_first_version_is_brought_up_to_date(store_url: str) -> None:
    restore("runs_0001", store_url)

    store = open_store(store_url, "one")
    unfinished = store.unfinished()
    ended = store.ended()
    (first, second), _ = store.page(pipeline="", after="", limit=9)
    store.create(new_run(3), ANONYMOUS)
    store.save([change_of(first, outputs(3, 3))])
    events = store.events(run_id(first), 1, 9)
    store.close()

    assert [(run.name, message) for run, message in unfinished] == [(first.name, b"")]
    assert unfinished[0][0].plan.steps[0].id == "a"
    assert first.last_event_sequence == 2
    assert [event.sequence for event in events] == [1, 2, 3]
    assert [(run.id, run.end_time_us) for run in ended] == [(run_id(second), 1_700_000_009_000_000)]
    assert ended[0].event_bytes > 0


def test_damaged_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runner.db").write_bytes(b"not a database, whatever its name says" * 100)

    with pytest.raises(StoreUnavailable, match=r"runner\.db"):
        open_store(sqlite_url(tmp_path / "runner.db"))


def test_database_of_a_newer_version_is_a_clear_error(store: SqlRunStore, store_url: str) -> None:
    with from_outside(store_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreUnavailable, match="newer version"):
        open_store(store_url)
