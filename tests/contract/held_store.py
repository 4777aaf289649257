"""A store of runs that can be made to go away."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from freshet.runner.v1.run_pb2 import Run, RunEvent
from runner_service.change import Change
from runner_service.errors import StoreUnavailable
from runner_service.retention import EndedRun
from runner_service.store.port import RunRequest, RunStore


class HeldStore:
    """Passes everything on to a real store, but writes only while nobody says otherwise."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self.is_away = False
        """Whether writes of what happened in runs fail."""
        self.may_save = threading.Event()
        """Clear it to let such writes wait."""
        self.may_save.set()
        self.save_count = 0
        """How many were tried."""

    def create(self, run: Run, request: RunRequest) -> Run:
        return self._store.create(run, request)

    def made_by(self, request: RunRequest) -> Run | None:
        return self._store.made_by(request)

    def save(self, changes: Sequence[Change]) -> None:
        self.save_count += 1
        self.may_save.wait()
        if self.is_away:
            raise StoreUnavailable("the database is away")
        self._store.save(changes)

    def load(self, run_id: str) -> Run | None:
        return self._store.load(run_id)

    def page(self, *, pipeline: str, after: str, limit: int) -> tuple[Sequence[Run], str]:
        return self._store.page(pipeline=pipeline, after=after, limit=limit)

    def events(self, run_id: str, start: int, limit: int) -> Sequence[RunEvent]:
        return self._store.events(run_id, start, limit)

    def unfinished(self) -> Sequence[tuple[Run, bytes]]:
        return self._store.unfinished()

    def ended(self) -> Sequence[EndedRun]:
        return self._store.ended()

    def drop_events(self, run_id: str, limit: int) -> bool:
        return self._store.drop_events(run_id, limit)

    def delete(self, run_id: str) -> None:
        self._store.delete(run_id)

    def close(self) -> None:
        self._store.close()
