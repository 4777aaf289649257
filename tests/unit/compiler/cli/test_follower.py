"""Following a run over a runner that goes away."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from compiler.cli.follower import Follower
from freshet.runner.v1.run_pb2 import RunEvent
from freshet.runner.v1.runner_service_pb2 import WatchRunRequest, WatchRunResponse
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub


class _Stopping:
    """Has five events, and breaks off after some of them as a runner does that is stopped."""

    def __init__(self, *counts: int) -> None:
        """Break off after so many events of the first, second… call; after that no more."""
        self._counts = list(counts)

    def watch_run(
        self, request: WatchRunRequest, context: grpc.ServicerContext
    ) -> Iterator[WatchRunResponse]:
        events = [RunEvent(sequence=number) for number in range(request.start_sequence, 6)]
        count = self._counts.pop(0) if self._counts else len(events)
        if count:
            yield WatchRunResponse(events=events[:count])
        if count < len(events):
            context.abort(grpc.StatusCode.UNAVAILABLE, "the runner is stopping")


@contextmanager
def _serving(runner: _Stopping, folder: Path) -> Iterator[RunnerServiceStub]:
    server = grpc.server(ThreadPoolExecutor(2))
    watch_run = grpc.unary_stream_rpc_method_handler(
        runner.watch_run, WatchRunRequest.FromString, WatchRunResponse.SerializeToString
    )
    service = "freshet.runner.v1.RunnerService"
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(service, {"WatchRun": watch_run})]
    )
    server.add_insecure_port(f"unix:{folder}/runner")
    server.start()
    with grpc.insecure_channel(f"unix:{folder}/runner") as channel:
        yield RunnerServiceStub(channel)
    server.stop(grace=None)


def test_run_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    said: list[str] = []
    with _serving(_Stopping(2, 1), tmp_path) as stub:
        follower = Follower(stub, "runs/1", on_away=lambda: said.append("away"))

        assert [event.sequence for event in follower] == [1, 2, 3, 4, 5]

    assert said == ["away", "away"]


def test_runner_that_does_not_come_back_is_given_up(tmp_path: Path) -> None:
    with _serving(_Stopping(*[0] * 100), tmp_path) as stub:
        with pytest.raises(grpc.RpcError) as raised:
            list(Follower(stub, "runs/1", away_limit_s=0.1))

        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


def test_ctrl_c_ends_the_wait(tmp_path: Path) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with _serving(_Stopping(*[0] * 100), tmp_path) as stub, pytest.raises(KeyboardInterrupt):
        list(Follower(stub, "runs/1", on_answer=interrupted))
