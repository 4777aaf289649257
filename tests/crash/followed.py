"""A run as a client sees it across crashes, and what must hold of it in the end."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import grpc

from freshet.rpc.connect import Endpoint, open_channel
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import OperationRun, Run, RunEvent
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub
from tests.crash.rounds import Lost

_TRY_AGAIN_S = 0.05
_END_LIMIT_S = 90.0
REPEATS = frozenset({"OPERATION_REPEATED", "STEP_RETRIED", "IMAGE_REBUILT"})
"""Notices that say that something is done again."""


@dataclass(slots=True)
class FollowedRun:
    """Asks for one run, again until it is told that there is one, and follows it to its end."""

    request: messages.CreateRunRequest
    endpoint: Endpoint
    name: str = ""
    seen: list[RunEvent] = field(default_factory=list)
    failure: str = ""
    """What went wrong while following, other than a service that is away."""
    _thread: threading.Thread | None = None
    _has_ended: bool = False

    def start(self) -> None:
        """Ask and follow, in a thread."""
        self.request.request_id = str(uuid.uuid4())
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def wait(self) -> Run:
        """Wait until the run has ended, and return it.

        Raises:
            Lost: it does not end, or what it tells is no whole.
        """
        assert self._thread
        self._thread.join(_END_LIMIT_S)
        if self._thread.is_alive():
            raise Lost(f"{self.name or 'a run'} does not end; {len(self.seen)} events were seen")
        if self.failure:
            last = str(self.seen[-1]) if self.seen else "nothing"
            raise Lost(f"{self.name}: {self.failure}; it told last: {last}")
        with open_channel(self.endpoint) as channel:
            stub = RunnerServiceStub(channel)
            run = stub.GetRun(messages.GetRunRequest(name=self.name), timeout=30).run
            again = list(_events(stub, self.name, 1))
        self._check_events(run, again)
        return run

    def _check_events(self, run: Run, stored: list[RunEvent]) -> None:
        if [event.sequence for event in stored] != list(range(1, len(stored) + 1)):
            raise Lost(f"{self.name}: the events have gaps")
        if stored != self.seen:
            pairs = zip(self.seen, stored, strict=False)
            first = next((a.sequence for a, b in pairs if a != b), len(stored))
            raise Lost(f"{self.name}: what was told is not what is stored, from event {first} on")
        if run.last_event_sequence != len(stored):
            raise Lost(f"{self.name}: it counts {run.last_event_sequence} of {len(stored)} events")
        told = {event.notice.step_id for event in stored if event.notice.reason in REPEATS}
        for step_run in run.step_runs:
            again = any(each.attempt_count > 1 for each in step_run.operation_runs)
            if again and step_run.step_id not in told:
                raise Lost(f'{self.name}: "{step_run.step_id}" was done again without a word')
        if _began_more_often_than_counted(run, stored):
            raise Lost(f"{self.name}: an operation began more often than it says")

    def _follow(self) -> None:
        while not self._has_ended:
            with open_channel(self.endpoint) as channel, suppress(_Away):
                self._follow_once(RunnerServiceStub(channel))
            time.sleep(_TRY_AGAIN_S)

    def _follow_once(self, stub: RunnerServiceStub) -> None:
        try:
            # A repeated request must find the run that the first one made, if it made one.
            run = stub.CreateRun(self.request, timeout=30).run
            if self.name and run.name != self.name:
                self._fail(f"the same request made {run.name} too")
            self.name = run.name
            for event in _events(stub, self.name, len(self.seen) + 1):
                self.seen.append(event)
            self._has_ended = True
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                self._fail(f"{error.code().name} {error.details()}")
            raise _Away from error

    def _fail(self, failure: str) -> None:
        self.failure, self._has_ended = failure, True


class _Away(Exception):
    """The service is not there; it will be again."""


def _events(stub: RunnerServiceStub, name: str, start: int) -> Iterator[RunEvent]:
    request = messages.WatchRunRequest(name=name, start_sequence=start)
    for response in stub.WatchRun(request, timeout=_END_LIMIT_S):
        yield from response.events


def _began_more_often_than_counted(run: Run, events: list[RunEvent]) -> bool:
    """Tell whether the events show more beginnings of an operation than its count."""
    for step_run in run.step_runs:
        states = [event.step_run for event in events if event.step_run.step_id == step_run.step_id]
        for index, operation_run in enumerate(step_run.operation_runs):
            begun, before = 0, OperationRun.STATE_PENDING
            for state in states:
                now = state.operation_runs[index].state
                begun += now == OperationRun.STATE_RUNNING != before
                before = now
            if begun > operation_run.attempt_count:
                return True
    return False
