"""Runs in a SQL database, through SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from freshet import database
from freshet.database import DatabaseUnavailable, Schema, open_database
from freshet.plan.v1.plan_pb2 import Plan
from freshet.rpc.names import RUNS
from freshet.runner.v1.run_pb2 import Run, RunEvent
from runner_service.change import Change
from runner_service.errors import RequestIdReused, StoreUnavailable
from runner_service.retention import EndedRun
from runner_service.states import FINAL_STATES
from runner_service.store.port import RunRequest
from runner_service.store.schema import run_events, runs

# Transactions hold many events, so that syncing each one costs little, and what a watcher was told
# outlives a loss of power too.
SCHEMA = Schema(migrations=Path(__file__).with_name("migrations"), revision="0002", synced=True)


def open_store(url: str, runner: str = "") -> SqlRunStore:
    """Return the store of `runner` in the database at `url`, its tables brought up to date.

    Raises:
        StoreUnavailable: the database cannot be used.
    """
    try:
        return SqlRunStore(open_database(url, SCHEMA), runner)
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error


class SqlRunStore:
    """Keeps runs in a database whose tables are current."""

    def __init__(self, engine: Engine, runner: str) -> None:
        """Use `engine`, and dispose of it at the end; new runs belong to `runner`."""
        self._engine = engine
        self._runner = runner

    def create(self, run: Run, request: RunRequest) -> Run:
        """Add `run`, or return the one that was created by the same request."""
        row = {
            "id": RUNS.id(run.name),
            "request_id": request.id or None,
            "request_digest": request.digest,
            "request": request.message,
            "runner": self._runner,
            "pipeline": run.pipeline,
            "plan": run.plan.SerializeToString(deterministic=True),
            "last_sequence": run.last_event_sequence,
            "event_bytes": 0,
            **_state_columns(run),
        }
        try:
            with self._transaction() as connection:
                connection.execute(insert(runs).values(**row))
        except IntegrityError:
            # Somebody was first: the unique column decides, not a look-up before.
            first = self.made_by(request)
            assert first is not None, run.name
            return first
        return run

    def made_by(self, request: RunRequest) -> Run | None:
        """Return the run that was created by the same request."""
        query = _RUNS.add_columns(runs.c.request_digest).where(runs.c.request_id == request.id)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        run = _run(row)
        if row.request_digest not in (None, request.digest):
            raise RequestIdReused(request.id, run.name)
        return run

    def save(self, changes: Sequence[Change]) -> None:
        """Write all changes in one transaction."""
        with self._transaction() as connection:
            for change in changes:
                _save(connection, change)

    def load(self, run_id: str) -> Run | None:
        """Return a run with its plan."""
        with self._reading() as connection:
            row = connection.execute(_RUNS.where(runs.c.id == run_id)).one_or_none()
        return _run(row) if row else None

    def page(self, *, pipeline: str, after: str, limit: int) -> tuple[Sequence[Run], str]:
        """Return runs, newest first, and the key of the next page."""
        query = select(runs.c.number, runs.c.run, runs.c.last_sequence)
        query = query.order_by(runs.c.number.desc()).limit(limit + 1)
        if pipeline:
            query = query.where(runs.c.pipeline == pipeline)
        if after:
            query = query.where(runs.c.number < int(after))
        with self._reading() as connection:
            rows = connection.execute(query).all()
        next_key = str(rows[limit - 1].number) if len(rows) > limit else ""
        return [_bare_run(row) for row in rows[:limit]], next_key

    def events(self, run_id: str, start: int, limit: int) -> Sequence[RunEvent]:
        """Return events from number `start` on, in order."""
        query = (
            select(run_events.c.event)
            .where(run_events.c.run_id == run_id, run_events.c.sequence >= start)
            .order_by(run_events.c.sequence)
            .limit(limit)
        )
        with self._reading() as connection:
            return [RunEvent.FromString(event) for event in connection.scalars(query)]

    def unfinished(self) -> Sequence[tuple[Run, bytes]]:
        """Return the runs of this runner that are in no final state, oldest first."""
        # Runs of before version 0002 are nobody's, and there was one runner then.
        own = runs.c.runner.in_(["", self._runner])
        query = _RUNS.add_columns(runs.c.request).where(runs.c.ended.is_(False), own)
        with self._reading() as connection:
            return [
                (_run(row), row.request or b"")
                for row in connection.execute(query.order_by(runs.c.number))
            ]

    def ended(self) -> Sequence[EndedRun]:
        """Return the runs that have ended, newest first."""
        query = select(runs.c.id, func.coalesce(runs.c.end_time_us, 0), runs.c.event_bytes)
        with self._reading() as connection:
            rows = connection.execute(query.where(runs.c.ended).order_by(runs.c.number.desc()))
            return [EndedRun(*row) for row in rows]

    def drop_events(self, run_id: str, limit: int) -> bool:
        """Drop the oldest events of a run."""
        own = run_events.c.run_id == run_id
        with self._transaction() as connection:
            first = connection.scalar(select(func.min(run_events.c.sequence)).where(own))
            if first is not None:
                oldest = run_events.c.sequence < first + limit
                connection.execute(delete(run_events).where(own, oldest))
                if connection.scalar(select(func.min(run_events.c.sequence)).where(own)):
                    return True
            connection.execute(update(runs).where(runs.c.id == run_id).values(event_bytes=0))
            return False

    def delete(self, run_id: str) -> None:
        """Remove a run and its events."""
        with self._transaction() as connection:
            connection.execute(delete(runs).where(runs.c.id == run_id))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def _reading(self) -> AbstractContextManager[Connection]:
        return _translated(database.reading(self._engine))

    def _transaction(self) -> AbstractContextManager[Connection]:
        return _translated(database.transaction(self._engine))


_RUNS: Select[Any] = select(runs.c.run, runs.c.plan, runs.c.last_sequence)


@contextmanager
def _translated(opened: AbstractContextManager[Connection]) -> Iterator[Connection]:
    try:
        with opened as connection:
            yield connection
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error


def _save(connection: Connection, change: Change) -> None:
    run_id = RUNS.id(change.run.name)
    own = runs.c.id == run_id
    last = connection.scalar(select(runs.c.last_sequence).where(own))
    if last is None:
        return  # it was deleted
    new = [
        (event.sequence, event.SerializeToString())
        for event in change.events
        if event.sequence > last
    ]
    if not new:
        return
    rows = [{"run_id": run_id, "sequence": number, "event": event} for number, event in new]
    connection.execute(insert(run_events), rows)
    size = sum(len(event) for _, event in new)
    values: dict[str, Any] = {
        "last_sequence": change.run.last_event_sequence,
        "event_bytes": runs.c.event_bytes + size,
    }
    if change.state_changed:
        values |= _state_columns(change.run)
    connection.execute(update(runs).where(own).values(**values))


def _state_columns(run: Run) -> dict[str, object]:
    bare = run
    if run.HasField("plan"):  # immutable, and large: it has a column of its own
        bare = Run()
        bare.CopyFrom(run)
        bare.ClearField("plan")
    ended = run.state in FINAL_STATES
    return {
        "run": bare.SerializeToString(),
        "ended": ended,
        "end_time_us": run.end_time.ToMicroseconds() if ended else None,
    }


def _run(row: Any) -> Run:  # noqa: ANN401  # rows of several queries
    run = _bare_run(row)
    run.plan.CopyFrom(Plan.FromString(row.plan))
    return run


def _bare_run(row: Any) -> Run:  # noqa: ANN401  # rows of several queries
    run = Run.FromString(row.run)
    run.last_event_sequence = row.last_sequence
    return run
