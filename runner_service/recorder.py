"""Writes what happens to the store, in batches, in the order it happened."""

import asyncio
import logging
from collections.abc import Callable

from freshet.runner.v1.run_pb2 import Run
from runner_service.errors import StoreUnavailable
from runner_service.journal import Journal
from runner_service.store.port import Change, RunStore

_log = logging.getLogger(__name__)
_RETRY_S = 1.0


class Recorder:
    """Keeps the store current while runs go on.

    One transaction is written at a time; what happens meanwhile goes into the next, so that
    neither a burst of output nor a slow disk makes a run wait.
    """

    def __init__(self, store: RunStore, on_saved: Callable[[Journal], None]) -> None:
        """Write to `store`; `on_saved` is called for each journal after a transaction."""
        self._store = store
        self._on_saved = on_saved
        self._dirty: dict[str, Journal] = {}
        self._wake = asyncio.Event()
        self._saved = asyncio.Event()

    def changed(self, journal: Journal) -> None:
        """Note that `journal` has something to save."""
        self._dirty[journal.run.name] = journal
        self._wake.set()

    async def record(self) -> None:
        """Save whatever changes, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            journals = list(self._dirty.values())
            self._dirty.clear()
            try:
                await self._save(journals)
            except StoreUnavailable:
                _log.exception("cannot save %d runs; trying again", len(journals))
                for journal in journals:
                    self._dirty.setdefault(journal.run.name, journal)
                await asyncio.sleep(_RETRY_S)
                self._wake.set()
            else:
                self._saved.set()
                self._saved = asyncio.Event()

    async def next_save(self) -> None:
        """Wait until the next transaction is written."""
        await self._saved.wait()

    async def _save(self, journals: list[Journal]) -> None:
        changes = [_change(journal) for journal in journals]
        await asyncio.to_thread(self._store.save, changes)
        for journal, change in zip(journals, changes, strict=True):
            journal.saved(change.run.last_event_sequence)
            self._on_saved(journal)


def _change(journal: Journal) -> Change:
    run = Run()
    run.CopyFrom(journal.run)  # the run goes on while a thread writes this
    return Change(run=run, events=journal.unsaved_events())
