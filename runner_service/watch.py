"""Follows the events of a run: from memory while they are new, else from the store.

A watcher gets only what is stored, and waits alone: how fast it reads is felt by nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from freshet.rpc.names import RUNS
from freshet.runner.v1.run_pb2 import Run, RunEvent
from runner_service.errors import EventsOutOfRange, RunnerStopping, RunNotFound
from runner_service.journal import Journal
from runner_service.states import FINAL_STATES
from runner_service.store.port import RunStore

HEARTBEAT_S = 15.0
"""How long a watcher hears nothing at most."""
_LOOK_AGAIN_S = 1.0
"""How often the store is asked about a run that another runner executes."""
_PAGE = 64
_PORTION_BYTES = 1024 * 1024


class Watch:
    """One watcher of one run."""

    def __init__(
        self, store: RunStore, find_journal: Callable[[str], Journal | None], name: str
    ) -> None:
        """Follow the run `name`, whose journal `find_journal` returns while this runner has it."""
        self._store = store
        self._find_journal = find_journal
        self._name = name
        self._stored: Run | None = None
        """The run, once it is known to have ended."""

    async def events(self, start: int) -> AsyncIterator[Sequence[RunEvent]]:
        """Yield the events from number `start` on in batches; an empty one is a heartbeat.

        Raises:
            RunNotFound: the run is unknown.
            EventsOutOfRange: the event `start` was dropped, or is further than one past the newest.
            RunnerStopping: the run goes on when the runner is started again.
        """
        run = await self._run(self._find_journal(self._name))
        if not 1 <= start <= run.last_event_sequence + 1:
            raise EventsOutOfRange(start, run.last_event_sequence)
        silent_s = 0.0
        while True:
            journal = self._find_journal(self._name)
            changed = journal.changed if journal else None
            run = await self._run(journal)
            if start <= run.last_event_sequence:
                events = _portion(await self._page(journal, start, run.last_event_sequence))
                start = events[-1].sequence + 1
                silent_s = 0.0
                yield events
            elif run.state in FINAL_STATES:
                return
            elif journal and journal.is_closed:
                raise RunnerStopping
            else:
                limit_s = HEARTBEAT_S if changed else _LOOK_AGAIN_S
                if not await _set_within(changed or asyncio.Event(), limit_s):
                    silent_s += limit_s
                    if silent_s >= HEARTBEAT_S:
                        silent_s = 0.0
                        yield ()

    async def _run(self, journal: Journal | None) -> Run:
        """Return the run as it is stored."""
        if journal:
            return journal.told
        if self._stored is None:
            run = await asyncio.to_thread(self._store.load, RUNS.id(self._name))
            if run is None:
                raise RunNotFound(self._name)
            if run.state not in FINAL_STATES:
                return run
            self._stored = run
        return self._stored

    async def _page(self, journal: Journal | None, start: int, last: int) -> Sequence[RunEvent]:
        if journal and start >= journal.first_sequence:
            return journal.events_from(start, _PAGE)
        run_id = RUNS.id(self._name)
        events = await asyncio.to_thread(self._store.events, run_id, start, _PAGE)
        if not events or events[0].sequence != start:
            first = events[0].sequence if events else last + 1
            raise EventsOutOfRange(start, last, first)
        return events


def _portion(events: Sequence[RunEvent]) -> Sequence[RunEvent]:
    """Return as many of the first events as fit into one message, at least one."""
    size_bytes = 0
    for count, event in enumerate(events):
        size_bytes += event.ByteSize()
        if size_bytes > _PORTION_BYTES and count:
            return events[:count]
    return events


async def _set_within(event: asyncio.Event, limit_s: float) -> bool:
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
