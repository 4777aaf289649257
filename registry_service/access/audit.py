"""The audit log: what callers did, kept in batches.

A write is stored after the change itself and before its answer: whoever has the answer finds the
entry. A process that dies between the two leaves a change without one. Issued credentials and
refused calls are stored within a second. While the store is away, entries wait in memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from freshet.rpc.calls import Call
from registry_service.access.records import DEFAULT_RETENTION, AuditEntry, Retention, StoredEntry
from registry_service.errors import StoreUnavailable
from registry_service.store.access_port import AccessStore

_log = logging.getLogger(__name__)
_DELAY_S = 1.0
"""How long an entry may wait for others."""
_MAX_WAITING = 10_000
"""Entries that wait while the store is away; the oldest are lost beyond that."""
_PRUNE_EVERY = 1000
"""Entries after which old ones are looked for."""
_REFUSAL_WINDOW_S = 60.0
_MAX_REFUSALS = 1000
"""Different refused calls that are noted in a window: refusals must not drive the rest out."""


class AuditLog:
    """Notes calls. Belongs to one event loop; call `close` at the end."""

    def __init__(
        self,
        store: AccessStore,
        retention: Retention = DEFAULT_RETENTION,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep in `store` what `retention` allows; `clock` tells Unix time."""
        self._store = store
        self._retention = retention
        self._clock = clock
        self._waiting: list[AuditEntry] = []
        self._lost_count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._lock = asyncio.Lock()
        self._flushes: set[asyncio.Task[None]] = set()
        self._unpruned_count = _PRUNE_EVERY  # a start looks for old entries
        self._refusals: set[tuple[str, str, str]] = set()
        self._window_began = 0.0

    @property
    def waiting_count(self) -> int:
        """How many entries are not stored yet."""
        return len(self._waiting)

    @property
    def lost_count(self) -> int:
        """How many entries were lost because the store was away for too long."""
        return self._lost_count

    def note(self, call: Call) -> None:
        """Keep a call; it is stored within a second. Like refusals are noted once a minute."""
        if call.refused and self._known(call):
            return
        self._add(call)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_DELAY_S, self._flush)

    async def write(self, call: Call) -> None:
        """Store a call. While the store is away, it is kept as a noted one is."""
        self._add(call)
        # A caller who leaves must not take the entries of others with it.
        await asyncio.shield(self._flush())

    async def entries(self, before: int | None, count: int) -> Sequence[StoredEntry]:
        """Return at most `count` entries, newest first, of those before a sequence.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        return await asyncio.to_thread(self._store.entries, before, count)

    async def close(self) -> None:
        """Store what waits."""
        await self._flush()

    def _known(self, call: Call) -> bool:
        now = self._clock()
        if now - self._window_began >= _REFUSAL_WINDOW_S:
            self._refusals.clear()
            self._window_began = now
        key = (call.caller, call.method.name, call.outcome)
        if key in self._refusals or len(self._refusals) >= _MAX_REFUSALS:
            return True
        self._refusals.add(key)
        return False

    def _add(self, call: Call) -> None:
        entry = AuditEntry(
            event_time=datetime.fromtimestamp(self._clock(), UTC),
            caller=call.caller,
            method=call.method.name,
            resource=call.resource,
            outcome=call.outcome,
        )
        self._waiting.append(entry)

    def _flush(self) -> asyncio.Task[None]:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        flush = asyncio.create_task(self._store_waiting())
        self._flushes.add(flush)
        flush.add_done_callback(self._flushes.discard)
        return flush

    async def _store_waiting(self) -> None:
        async with self._lock:
            batch, self._waiting = self._waiting, []
            if not batch:
                return  # a flush before this one took them
            try:
                await asyncio.to_thread(self._keep, batch)
            except StoreUnavailable as error:
                _log.error("%d entries of the audit log wait: %s", len(batch), error)
                self._wait_on(batch)

    def _wait_on(self, batch: Sequence[AuditEntry]) -> None:
        waiting = [*batch, *self._waiting]
        self._waiting = waiting[-_MAX_WAITING:]
        self._lost_count += len(waiting) - len(self._waiting)

    def _keep(self, batch: Sequence[AuditEntry]) -> None:
        self._store.append(batch)
        self._unpruned_count += len(batch)
        if self._unpruned_count < _PRUNE_EVERY:
            return
        self._unpruned_count = 0
        now = datetime.fromtimestamp(self._clock(), UTC)
        since = now - timedelta(days=self._retention.days)
        self._store.prune(since, self._retention.entry_count)
