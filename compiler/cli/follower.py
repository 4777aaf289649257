"""Follows the events of a run, also over a runner that is stopped and started again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import grpc

from freshet.rpc.status import read_failure
from freshet.runner.v1.run_pb2 import RunEvent
from freshet.runner.v1.runner_service_pb2 import WatchRunRequest
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub

AWAY_LIMIT_S = 30.0
"""How long a runner that is away is waited for."""
_LOOK_AGAIN_S = 0.5


def _nothing() -> None:
    pass


class Follower:
    """The events of a run to its end. A broken connection is taken up where it broke.

    Iterate again to go on after an exception.
    """

    def __init__(
        self,
        stub: RunnerServiceStub,
        name: str,
        *,
        on_answer: Callable[[], None] = _nothing,
        on_away: Callable[[], None] = _nothing,
        away_limit_s: float = AWAY_LIMIT_S,
    ) -> None:
        """Follow the run `name`.

        `on_answer` is called for each answer, heartbeats and refusals included; `on_away` each
        time that the runner turns out to be away.
        """
        self._stub = stub
        self._on_answer = on_answer
        self._on_away = on_away
        self._away_limit_s = away_limit_s
        self._name = name
        self._next = 1

    def __iter__(self) -> Iterator[RunEvent]:
        """Yield the events that were not yielded before.

        Raises:
            grpc.RpcError: the service refuses, or does not come back.
        """
        away_since: float | None = None
        while True:
            request = WatchRunRequest(name=self._name, start_sequence=self._next)
            try:
                for response in self._stub.WatchRun(request):
                    away_since = None
                    self._on_answer()
                    for event in response.events:
                        self._next = event.sequence + 1
                        yield event
                return
            except grpc.RpcError as error:
                self._on_answer()
                if read_failure(error).code is not grpc.StatusCode.UNAVAILABLE:
                    raise
                if away_since is None:
                    away_since = time.monotonic()
                    self._on_away()
                elif time.monotonic() - away_since > self._away_limit_s:
                    raise
                time.sleep(_LOOK_AGAIN_S)
