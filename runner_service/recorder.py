"""Writes what happens to the store, in batches, in the order it happened."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from runner_service.errors import StoreUnavailable
from runner_service.journal import Journal
from runner_service.store.port import RunStore

_log = logging.getLogger(__name__)
_RETRY_S = 1.0
_GATHER_S = 0.02
"""How long a transaction waits for more while there is only output. Each one is a message to each
watcher too, and many small ones hold up all that goes on beside."""
_TURN_S = 0.002
"""How long it waits for more in any case. What one thing brings about, as the end of a step that of
a run, comes at once; a transaction for each would take several times as long."""


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
        self._hurry = asyncio.Event()
        # Of its own: watchers that read old events must not keep new ones from being written.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")

    def changed(self, journal: Journal) -> None:
        """Note that `journal` has something to save."""
        self._dirty[journal.run.name] = journal
        self._wake.set()
        if journal.hurries:
            self._hurry.set()

    async def record(self) -> None:
        """Save whatever changes, until cancelled."""
        try:
            while True:
                await self._wake.wait()
                await self._gather()
                self._wake.clear()
                self._hurry.clear()
                journals = list(self._dirty.values())
                self._dirty.clear()
                if not await self._save(journals):
                    for journal in journals:
                        self.changed(journal)
                    await asyncio.sleep(_RETRY_S)
        finally:
            self._thread.shutdown(wait=False)

    async def _gather(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_GATHER_S):
                await self._hurry.wait()
        await asyncio.sleep(_TURN_S)

    async def _save(self, journals: list[Journal]) -> bool:
        """Save the first part of what each journal has; return whether the store took it."""
        changes = [journal.unsaved() for journal in journals]
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._store.save, changes)
        except StoreUnavailable as error:
            _log.error("%d runs wait to be saved: %s", len(journals), error)
            return False
        except Exception:  # a top loop: were it to end, all runs would hang without a word
            _log.exception("bug while saving %d runs", len(journals))
            return False
        for journal, change in zip(journals, changes, strict=True):
            journal.saved(change)
            if not journal.is_saved:
                self.changed(journal)
            self._on_saved(journal)
        return True
