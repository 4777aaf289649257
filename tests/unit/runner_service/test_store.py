"""What the runner remembers survives; two of the same request are one."""

from pathlib import Path

import pytest

from freshet.database import sqlite_url
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.runner.v1.run_pb2 import LogChunk, Run, RunEvent
from runner_service.errors import StoreUnavailable
from runner_service.store.port import Change
from runner_service.store.sql import SqlRunStore, open_store


def new_run(number: int, pipeline: str = "p") -> Run:
    return Run(name=f"runs/{number:024x}", plan=Plan(steps=[Step(id="a")]), pipeline=pipeline)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "runner.db")


def reopened(store: SqlRunStore, url: str) -> SqlRunStore:
    store.close()
    return open_store(url)


def test_run_is_there_after_a_restart_with_its_plan_and_events(url: str) -> None:
    store = open_store(url)
    run = new_run(1)
    store.create(run, "")
    run.state = Run.STATE_SUCCEEDED
    store.save([Change(run=run, events=[RunEvent(sequence=1, log_chunk=LogChunk(data=b"x"))])])

    store = reopened(store, url)

    assert store.load("0" * 23 + "1") == run
    assert [event.log_chunk.data for event in store.events("0" * 23 + "1", 1, 10)] == [b"x"]
    assert store.unfinished() == []
    store.close()


def test_same_request_returns_the_first_run(url: str) -> None:
    store = open_store(url)
    first, second = new_run(1), new_run(2)

    created = store.create(first, "request")
    again = store.create(second, "request")

    assert created.name == again.name == first.name
    assert store.load("0" * 23 + "2") is None
    store.close()


def test_pages_go_from_the_newest_to_the_oldest(url: str) -> None:
    store = open_store(url)
    for number in range(1, 6):
        store.create(new_run(number, pipeline="even" if number % 2 == 0 else "odd"), "")

    first, key = store.page(pipeline="odd", after="", limit=2)
    second, end = store.page(pipeline="odd", after=key, limit=2)

    assert [int(run.name[-1]) for run in (*first, *second)] == [5, 3, 1]
    assert end == ""
    store.close()


def test_deleted_run_leaves_no_events(url: str) -> None:
    store = open_store(url)
    run = new_run(1)
    store.create(run, "")
    store.save([Change(run=run, events=[RunEvent(sequence=1)])])

    store.delete("0" * 23 + "1")

    assert store.load("0" * 23 + "1") is None
    assert store.events("0" * 23 + "1", 1, 10) == []
    store.close()


def test_damaged_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runner.db").write_bytes(b"not a database, whatever its name says" * 100)

    with pytest.raises(StoreUnavailable, match=r"runner\.db"):
        open_store(sqlite_url(tmp_path / "runner.db"))


def test_database_of_a_newer_version_is_a_clear_error(url: str) -> None:
    store = open_store(url)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()

    with pytest.raises(StoreUnavailable, match="newer version"):
        open_store(url)
