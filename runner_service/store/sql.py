"""Runs in a SQL database, through SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from freshet.database import DatabaseUnavailable, Schema, open_database, transaction
from freshet.plan.v1.plan_pb2 import Plan
from freshet.rpc.names import RUNS
from freshet.runner.v1.run_pb2 import Run, RunEvent
from runner_service.errors import StoreUnavailable
from runner_service.journal import FINAL_STATES
from runner_service.store.port import Change
from runner_service.store.schema import run_events, runs

SCHEMA = Schema(migrations=Path(__file__).with_name("migrations"), revision="0001")


def open_store(url: str) -> SqlRunStore:
    """Return the store in the database at `url`, its tables brought up to date.

    Raises:
        StoreUnavailable: the database cannot be used.
    """
    try:
        return SqlRunStore(open_database(url, SCHEMA))
    except DatabaseUnavailable as error:
        raise StoreUnavailable(str(error)) from error


class SqlRunStore:
    """Keeps runs in a database whose tables are current."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, and dispose of it at the end."""
        self._engine = engine

    def create(self, run: Run, request_id: str) -> Run:
        """Add `run`, or return the one of the same `request_id`."""
        try:
            with self._transaction() as connection:
                connection.execute(
                    insert(runs).values(
                        id=RUNS.id(run.name),
                        request_id=request_id or None,
                        pipeline=run.pipeline,
                        plan=run.plan.SerializeToString(deterministic=True),
                        **_columns(run),
                    )
                )
        except IntegrityError:
            # Somebody was first: the unique column decides, not a look-up before.
            return self._one(_SELECT_WITH_PLAN.where(runs.c.request_id == request_id))
        return run

    def save(self, changes: Sequence[Change]) -> None:
        """Write all changes in one transaction."""
        with self._transaction() as connection:
            for change in changes:
                run_id = RUNS.id(change.run.name)
                connection.execute(
                    update(runs).where(runs.c.id == run_id).values(**_columns(change.run))
                )
                if change.events:
                    connection.execute(
                        insert(run_events), [_event_row(run_id, event) for event in change.events]
                    )

    def load(self, run_id: str) -> Run | None:
        """Return a run with its plan."""
        with self._transaction() as connection:
            row = connection.execute(_SELECT_WITH_PLAN.where(runs.c.id == run_id)).one_or_none()
        return _run(row) if row else None

    def page(self, *, pipeline: str, after: str, limit: int) -> tuple[Sequence[Run], str]:
        """Return runs, newest first, and the key of the next page."""
        query = select(runs.c.number, runs.c.run).order_by(runs.c.number.desc()).limit(limit + 1)
        if pipeline:
            query = query.where(runs.c.pipeline == pipeline)
        if after:
            query = query.where(runs.c.number < int(after))
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        next_key = str(rows[limit - 1].number) if len(rows) > limit else ""
        return [Run.FromString(row.run) for row in rows[:limit]], next_key

    def events(self, run_id: str, start: int, limit: int) -> Sequence[RunEvent]:
        """Return events from number `start` on, in order."""
        query = (
            select(run_events.c.event)
            .where(run_events.c.run_id == run_id, run_events.c.sequence >= start)
            .order_by(run_events.c.sequence)
            .limit(limit)
        )
        with self._transaction() as connection:
            return [RunEvent.FromString(event) for event in connection.scalars(query)]

    def unfinished(self) -> Sequence[Run]:
        """Return the runs that are in no final state, oldest first."""
        query = _SELECT_WITH_PLAN.where(runs.c.ended.is_(False)).order_by(runs.c.number)
        with self._transaction() as connection:
            return [_run(row) for row in connection.execute(query)]

    def delete(self, run_id: str) -> None:
        """Remove a run and its events."""
        with self._transaction() as connection:
            connection.execute(delete(runs).where(runs.c.id == run_id))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def _one(self, query: Select[Any]) -> Run:
        with self._transaction() as connection:
            return _run(connection.execute(query).one())

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with transaction(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise StoreUnavailable(str(error)) from error


_SELECT_WITH_PLAN = select(runs.c.run, runs.c.plan)


def _columns(run: Run) -> dict[str, object]:
    bare = Run()
    bare.CopyFrom(run)
    bare.ClearField("plan")  # immutable, and large: it has a column of its own
    return {"run": bare.SerializeToString(), "ended": run.state in FINAL_STATES}


def _event_row(run_id: str, event: RunEvent) -> dict[str, object]:
    return {"run_id": run_id, "sequence": event.sequence, "event": event.SerializeToString()}


def _run(row: Row[Any, Any]) -> Run:
    run = Run.FromString(row.run)
    run.plan.CopyFrom(Plan.FromString(row.plan))
    return run
