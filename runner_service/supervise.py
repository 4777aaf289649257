"""Accepts runs, executes them a few at a time, and lets watchers follow.

Everything happens on the event loop; only the store is called in threads.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from freshet.rpc.names import RUNS
from freshet.runner.v1.run_pb2 import Failure, Run, RunEvent
from runner_service.clock import Clock, timestamp
from runner_service.errors import EventsOutOfRange, QueueFull, RunNotEnded, RunNotFound
from runner_service.journal import FINAL_STATES, Journal, new_step_runs
from runner_service.recorder import Recorder
from runner_service.store.port import RunStore

_log = logging.getLogger(__name__)
_PAGE = 500
_SAVE_LIMIT_S = 10.0
_PORTION_BYTES = 1024 * 1024
HEARTBEAT_S = 15.0
"""How long a watcher hears nothing at most."""

_RUNNER_STOPPED = Failure(
    reason="RUNNER_STOPPED",
    message="the runner was stopped while the run went on",
    help="run the pipeline again",
)
_BUG = Failure(
    reason="INTERNAL",
    message="internal error in the runner",
    help="the log of the runner tells more",
)

Work = Callable[[Journal], Awaitable[None]]
"""Executes the run of a journal until it is in a final state."""


class Supervisor:
    """The runs of this runner."""

    def __init__(
        self, store: RunStore, clock: Clock, *, parallel_runs: int = 4, queue_limit: int = 1000
    ) -> None:
        """Execute at most `parallel_runs` at a time; at most `queue_limit` wait."""
        self._store = store
        self._clock = clock
        self._slots = asyncio.Semaphore(parallel_runs)
        self._queue_limit = queue_limit
        self._recorder = Recorder(store, self._saved)
        self._recording: asyncio.Task[None] | None = None
        self._journals: dict[str, Journal] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Begin to record, and end the runs that a stopped runner left behind."""
        self._recording = asyncio.create_task(self._recorder.record(), name="recorder")
        for run in await asyncio.to_thread(self._store.unfinished):
            journal = self._adopt(run)
            journal.close_steps()
            journal.run_changed(Run.STATE_FAILED, _RUNNER_STOPPED)

    async def stop(self) -> None:
        """Cancel all runs, wait for their ends, and save everything."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(_SAVE_LIMIT_S):
                while self._journals:  # all have ended, and leave when they are saved
                    await self._recorder.next_save()
        except TimeoutError:
            _log.error("the ends of %d runs could not be saved", len(self._journals))
        if self._recording:
            self._recording.cancel()
            await asyncio.gather(self._recording, return_exceptions=True)
        await asyncio.to_thread(self._store.close)

    @property
    def running_count(self) -> int:
        """How many runs are being executed."""
        return len(self._tasks) - self.queued_count

    @property
    def queued_count(self) -> int:
        """How many runs wait."""
        return sum(j.run.state == Run.STATE_QUEUED for j in self._journals.values())

    async def create(self, run: Run, request_id: str, work: Work) -> Run:
        """Accept `run` and return it, or the one of the same `request_id`.

        Raises:
            QueueFull: too many runs wait.
            StoreUnavailable: the run could not be written down.
        """
        if self.queued_count >= self._queue_limit:
            raise QueueFull(self._queue_limit)
        # A caller that goes away must not leave a run behind that is written down but never begins.
        return await asyncio.shield(asyncio.create_task(self._accept(run, request_id, work)))

    async def _accept(self, run: Run, request_id: str, work: Work) -> Run:
        run.name = RUNS.name(new_run_id(self._clock))
        run.state = Run.STATE_QUEUED
        run.create_time.CopyFrom(timestamp(self._clock))
        run.step_runs.extend(new_step_runs(run.plan))
        created = await asyncio.to_thread(self._store.create, run, request_id)
        if created.name == run.name:
            journal = self._adopt(run)
            self._tasks[run.name] = asyncio.create_task(self._execute(journal, work), name=run.name)
        return created

    async def get(self, name: str) -> Run:
        """Return a run as it is now.

        Raises:
            RunNotFound: it is unknown.
        """
        if journal := self._journals.get(name):
            return journal.run
        run = await asyncio.to_thread(self._store.load, RUNS.id(name))
        if run is None:
            raise RunNotFound(name)
        return run

    async def page(self, pipeline: str, after: str, limit: int) -> tuple[Sequence[Run], str]:
        """Return runs, newest first, and the key of the next page."""
        runs, next_key = await asyncio.to_thread(
            lambda: self._store.page(pipeline=pipeline, after=after, limit=limit)
        )
        live = self._journals  # what the store will know in a moment
        return [live[run.name].run if run.name in live else run for run in runs], next_key

    async def cancel(self, name: str) -> Run:
        """Ask a run to stop, and return it.

        Raises:
            RunNotFound: it is unknown.
        """
        run = await self.get(name)
        task = self._tasks.get(name)
        if task and run.state not in (*FINAL_STATES, Run.STATE_CANCELLING):
            self._journals[name].run_changed(Run.STATE_CANCELLING)
            task.cancel()
        return run

    async def delete(self, name: str) -> None:
        """Forget a run that has ended.

        Raises:
            RunNotFound: it is unknown.
            RunNotEnded: it goes on.
        """
        run = await self.get(name)
        if run.state not in FINAL_STATES:
            raise RunNotEnded(name)
        while name in self._journals:
            await self._recorder.next_save()
        await asyncio.to_thread(self._store.delete, RUNS.id(name))

    async def watch(self, name: str, start: int) -> AsyncIterator[Sequence[RunEvent]]:
        """Yield the events from number `start` on in batches; an empty one is a heartbeat.

        Raises:
            RunNotFound: the run is unknown.
            EventsOutOfRange: `start` is further than one past the newest event.
        """
        run = await self.get(name)
        if not 1 <= start <= run.last_event_sequence + 1:
            raise EventsOutOfRange(start, run.last_event_sequence)
        journal = self._journals.get(name)
        while True:
            changed = journal.changed if journal else None
            ended = journal.ended if journal else True
            events = await self._events(name, journal, start)
            if events:
                events = _portion(events)
                start = events[-1].sequence + 1
                yield events
            elif ended or changed is None:
                return
            elif not await _set_within(changed, HEARTBEAT_S):
                yield ()

    async def _events(self, name: str, journal: Journal | None, start: int) -> Sequence[RunEvent]:
        if journal and start >= journal.first_sequence:
            return journal.events_from(start, _PAGE)
        return await asyncio.to_thread(self._store.events, RUNS.id(name), start, _PAGE)

    def _adopt(self, run: Run) -> Journal:
        journal = Journal(run, self._clock, lambda: self._recorder.changed(journal))
        self._journals[run.name] = journal
        return journal

    async def _execute(self, journal: Journal, work: Work) -> None:
        """Execute a run, whatever happens: one of the two top loops."""
        name = journal.run.name
        try:
            async with self._slots:
                await work(journal)
        except asyncio.CancelledError:
            if not journal.ended:  # it was still waiting
                journal.close_steps()
                journal.run_changed(Run.STATE_CANCELLED)
        except Exception:
            _log.exception("bug while executing %s", name)
            journal.close_steps()
            journal.run_changed(Run.STATE_FAILED, _BUG)
        finally:
            del self._tasks[name]

    def _saved(self, journal: Journal) -> None:
        """Forget a run that has ended: from now on the store answers for it."""
        if journal.ended and not journal.unsaved_events():
            self._journals.pop(journal.run.name, None)


def new_run_id(clock: Clock) -> str:
    """Return 24 hexadecimal digits: seconds since the epoch and 64 random bits."""
    return f"{clock.now_ns() // 10**9:08x}{os.urandom(8).hex()}"


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
