"""Accepts runs, executes them a few at a time, and lets watchers follow.

Everything happens on the event loop; only the store is called in threads.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from freshet.rpc.names import RUNS
from freshet.runner.v1.run_pb2 import Failure, Run, RunEvent
from runner_service.backlog import Backlog
from runner_service.clock import Clock, timestamp
from runner_service.errors import (
    QueueFull,
    RunElsewhere,
    RunnerStopping,
    RunNotEnded,
    RunNotFound,
    StoreUnavailable,
)
from runner_service.gate import Gate
from runner_service.journal import Journal, new_step_runs
from runner_service.recorder import Recorder
from runner_service.resume import take_up, why_not_resumed
from runner_service.states import FINAL_STATES
from runner_service.store.port import RunRequest, RunStore
from runner_service.watch import Watch

_log = logging.getLogger(__name__)
_BUG = Failure(
    reason="INTERNAL",
    message="internal error in the runner",
    help="the log of the runner tells more",
)

Work = Callable[[Journal], Awaitable[None]]
"""Executes what is left of the run of a journal; afterwards it is in a final state."""


class Supervisor:
    """The runs of this runner."""

    def __init__(
        self,
        store: RunStore,
        clock: Clock,
        *,
        parallel_runs: int = 4,
        queue_limit: int = 1000,
        gate: Gate | None = None,
        spool: Path | None = None,
        save_limit_s: float = 10.0,
    ) -> None:
        """Execute at most `parallel_runs` at a time; at most `queue_limit` wait.

        Operations begin while `gate` is open; in the directory `spool` events wait for the store.
        A caller waits `save_limit_s` seconds until what was asked for is stored.
        """
        self._store = store
        self._clock = clock
        self._slots = asyncio.Semaphore(parallel_runs)
        self._queue_limit = queue_limit
        self._gate = gate or Gate()
        self._spool = spool
        self._save_limit_s = save_limit_s
        self._recorder = Recorder(store, self._saved)
        self._recording: asyncio.Task[None] | None = None
        self._journals: dict[str, Journal] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._requests: dict[str, bytes] = {}
        """What each run that has not ended was asked for with."""
        self._is_stopping = False

    async def start(self, make_work: Callable[[bytes], Work]) -> None:
        """Begin to record, and go on with the runs that a runner before left behind.

        `make_work` makes the work of a run out of the message of its request.
        """
        self._recording = asyncio.create_task(self._recorder.record(), name="recorder")
        for run, message in await asyncio.to_thread(self._store.unfinished):
            journal = self._adopt(run, message)
            if run.state == Run.STATE_CANCELLING:
                self._end(journal, Run.STATE_CANCELLED)
            elif failure := why_not_resumed(message):
                self._end(journal, Run.STATE_FAILED, failure)
            else:
                take_up(journal)
                self._begin(journal, make_work(message))

    async def stop(self, drain_s: float = 0.0) -> None:
        """Hand all runs over to the next start, and save everything.

        Operations that have begun have `drain_s` seconds to end. Runs that could not go on after
        a start end now.
        """
        self._is_stopping = True
        await self._gate.close(drain_s)
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for journal in self._journals.values():
            journal.flush()
        unsaved = [journal for journal in self._journals.values() if not journal.is_saved]
        try:
            async with asyncio.timeout(self._save_limit_s):
                for journal in unsaved:
                    await journal.settle()
        except TimeoutError:
            _log.error("the last events of up to %d runs could not be saved", len(unsaved))
        if self._recording:
            self._recording.cancel()
            await asyncio.gather(self._recording, return_exceptions=True)
        for journal in list(self._journals.values()):
            journal.close()
        await asyncio.to_thread(self._store.close)

    @property
    def needed_archives(self) -> frozenset[str]:
        """Names of the archives that runs which have not ended work on. Thread-safe."""
        return frozenset(each.run.workspace.archive for each in list(self._journals.values()))

    @property
    def running_count(self) -> int:
        """How many runs are being executed."""
        return len(self._tasks) - self.queued_count

    @property
    def queued_count(self) -> int:
        """How many runs wait."""
        return sum(j.run.state == Run.STATE_QUEUED for j in self._journals.values())

    async def made_by(self, request: RunRequest) -> Run | None:
        """Return the run that the same request made before.

        Raises:
            RequestIdReused: another request had its id.
            StoreUnavailable: the store cannot be read.
        """
        if not request.id:
            return None
        return await asyncio.to_thread(self._store.made_by, request)

    async def create(self, run: Run, request: RunRequest, work: Work) -> Run:
        """Accept `run` and return it, or the one that the same request made.

        Raises:
            QueueFull: too many runs wait.
            RequestIdReused: another request had the same id.
            RunnerStopping: no run is accepted any more.
            StoreUnavailable: the run could not be written down.
        """
        if self._is_stopping:
            raise RunnerStopping
        if self.queued_count >= self._queue_limit:
            raise QueueFull(self._queue_limit)
        # A caller that goes away must not leave a run behind that is written down but never begins.
        return await asyncio.shield(asyncio.create_task(self._accept(run, request, work)))

    async def _accept(self, run: Run, request: RunRequest, work: Work) -> Run:
        run.name = RUNS.name(new_run_id(self._clock))
        run.state = Run.STATE_QUEUED
        run.create_time.CopyFrom(timestamp(self._clock))
        run.step_runs.extend(new_step_runs(run.plan))
        created = await asyncio.to_thread(self._store.create, run, request)
        if created.name != run.name:
            return created
        journal = self._adopt(run, request.message)
        if not self._is_stopping:  # else the next start begins it
            self._begin(journal, work)
        return journal.told

    async def get(self, name: str) -> Run:
        """Return a run as it is stored.

        Raises:
            RunNotFound: it is unknown.
        """
        if journal := self._journals.get(name):
            run = Run()
            run.CopyFrom(journal.told)
            run.plan.CopyFrom(journal.run.plan)
            return run
        stored = await asyncio.to_thread(self._store.load, RUNS.id(name))
        if stored is None:
            raise RunNotFound(name)
        return stored

    async def page(self, pipeline: str, after: str, limit: int) -> tuple[Sequence[Run], str]:
        """Return runs, newest first, and the key of the next page."""
        return await asyncio.to_thread(
            lambda: self._store.page(pipeline=pipeline, after=after, limit=limit)
        )

    async def cancel(self, name: str) -> Run:
        """Ask a run to stop, and return it.

        Raises:
            RunNotFound: it is unknown.
            RunElsewhere: another runner executes it.
            StoreUnavailable: it stops, but that could not be stored in time.
        """
        journal, task = self._journals.get(name), self._tasks.get(name)
        if journal is None:
            run = await self.get(name)
            if run.state not in FINAL_STATES:
                raise RunElsewhere(name)
            return run
        if task and not journal.ended and journal.run.state != Run.STATE_CANCELLING:
            journal.run_changed(Run.STATE_CANCELLING)
            task.cancel()
        await self._save(journal)
        return await self.get(name)

    async def delete(self, name: str) -> None:
        """Forget a run that has ended.

        Raises:
            RunNotFound: it is unknown.
            RunNotEnded: it goes on.
            StoreUnavailable: what happened in it could not be stored in time.
        """
        if journal := self._journals.get(name):
            if not journal.ended:
                raise RunNotEnded(name)
            await self._save(journal)
        elif (await self.get(name)).state not in FINAL_STATES:
            raise RunNotEnded(name)
        await asyncio.to_thread(self._store.delete, RUNS.id(name))

    def watch(self, name: str, start: int) -> AsyncIterator[Sequence[RunEvent]]:
        """Yield events as `Watch.events` does."""
        return Watch(self._store, self._journals.get, name).events(start)

    def _adopt(self, run: Run, message: bytes) -> Journal:
        backlog = Backlog(self._spool)
        journal = Journal(run, self._clock, lambda: self._recorder.changed(journal), backlog)
        self._journals[run.name] = journal
        self._requests[run.name] = message
        return journal

    def _begin(self, journal: Journal, work: Work) -> None:
        name = journal.run.name
        self._tasks[name] = asyncio.create_task(self._execute(journal, work), name=name)

    async def _execute(self, journal: Journal, work: Work) -> None:
        """Execute a run, whatever happens: one of the top loops."""
        name = journal.run.name
        try:
            async with self._slots:
                await work(journal)
        except asyncio.CancelledError:
            if journal.run.state == Run.STATE_CANCELLING:
                self._end(journal, Run.STATE_CANCELLED)
            elif failure := why_not_resumed(self._requests[name]):
                self._end(journal, Run.STATE_FAILED, failure)
        except Exception:
            _log.exception("bug while executing %s", name)
            if not journal.ended:
                self._end(journal, Run.STATE_FAILED, _BUG)
        finally:
            del self._tasks[name]

    def _end(
        self, journal: Journal, state: Run.State.ValueType, failure: Failure | None = None
    ) -> None:
        journal.close_steps()
        journal.run_changed(state, failure)

    def _saved(self, journal: Journal) -> None:
        """Forget a run that has ended: from now on the store answers for it."""
        if journal.ended and journal.is_saved:
            self._journals.pop(journal.run.name, None)
            self._requests.pop(journal.run.name, None)
            journal.close()

    async def _save(self, journal: Journal) -> None:
        """Wait until all that has happened so far is stored."""
        try:
            async with asyncio.timeout(self._save_limit_s):
                await journal.settle()
        except TimeoutError:
            raise StoreUnavailable(
                f'what happened to "{journal.run.name}" could not be stored within '
                f"{self._save_limit_s:g} s; it is tried again"
            ) from None


def new_run_id(clock: Clock) -> str:
    """Return 24 hexadecimal digits: seconds since the epoch and 64 random bits."""
    return f"{clock.now_ns() // 10**9:08x}{os.urandom(8).hex()}"
