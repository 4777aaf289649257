"""Many runs and watchers at once: what they miss, and how long others wait for an answer."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from freshet.rpc.connect import Endpoint, open_aio_channel
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import Run
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub
from tests.benchmarks.rows import Row
from tests.benchmarks.runner.bench import Bench, pipeline_that_builds

if TYPE_CHECKING:  # a class of the stubs alone
    from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceAsyncStub

_RUNS = 50
_WATCHERS_PER_RUN = 4
_LINES = 2_000
_IDLE_S = 3.0
_LIMIT_S = 300.0


def load_rows(bench: Bench) -> Iterator[Row]:
    """Measure `GetRun` while 50 runs go on with 200 watchers, and before."""
    yield asyncio.run(_row(bench))


async def _row(bench: Bench) -> Row:
    directory = bench.directory(
        "load",
        Dockerfile=f"FROM {bench.environment.base_image}\nRUN seq {_LINES}\n",
        codefresh_yml=pipeline_that_builds("bench/load", "no_cache: true"),
    )
    request = bench.request(directory)
    endpoint = Endpoint(address=bench.address)
    async with asyncio.timeout(_LIMIT_S), open_aio_channel(endpoint) as channel:
        stub: RunnerServiceAsyncStub = RunnerServiceStub(channel)
        first = await _create(stub, request)
        await _watch(stub, first)
        async with _asked(bench, [first]) as idle:
            await asyncio.sleep(_IDLE_S)
        names = [await _create(stub, request) for _ in range(_RUNS)]
        async with _asked(bench, names) as busy:
            await _watched(stub, names)
    return Row(
        name=f"get-run-p99-{_RUNS}-runs-{_RUNS * _WATCHERS_PER_RUN}-watchers",
        figure=busy[0] * 1e3,
        unit="ms",
        peer="the same, idle",
        peer_figure=idle[0] * 1e3,
        aim=3.0,
    )


@asynccontextmanager
async def _asked(bench: Bench, names: list[str]) -> AsyncIterator[list[float]]:
    """Ask for runs while the block lasts; then the list has the 99th percentile, in seconds."""
    asker = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.benchmarks.runner.asker",
        bench.address.target,
        *names,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    p99_s: list[float] = []
    try:
        yield p99_s
        told, _ = await asker.communicate(b"")  # which closes its input
        p99_s.append(float(told))
    finally:
        if asker.returncode is None:
            asker.kill()
            await asker.wait()


async def _watched(stub: RunnerServiceAsyncStub, names: list[str]) -> None:
    """Watch runs to their ends, each several times, and compare what came with what there is."""
    async with asyncio.TaskGroup() as group:
        watches = [
            group.create_task(_watch(stub, name))
            for name in names
            for _ in range(_WATCHERS_PER_RUN)
        ]
    for name in names:
        run = (await stub.GetRun(messages.GetRunRequest(name=name))).run
        seen = {watch.result() for watch in watches if watch.result()[0] == name}
        assert seen == {(name, run.last_event_sequence)}, (seen, run.last_event_sequence)


async def _create(stub: RunnerServiceAsyncStub, request: messages.CreateRunRequest) -> str:
    asked = messages.CreateRunRequest()
    asked.CopyFrom(request)
    asked.request_id = str(uuid.uuid4())
    return (await stub.CreateRun(asked)).run.name


async def _watch(stub: RunnerServiceAsyncStub, name: str) -> tuple[str, int]:
    """Watch a run to its end; return its name and the number of its last event."""
    last, lines, state = 0, bytearray(), Run.STATE_UNSPECIFIED
    async for response in stub.WatchRun(messages.WatchRunRequest(name=name)):
        for event in response.events:
            assert event.sequence == last + 1, f"event {event.sequence} after {last}"
            last = event.sequence
            lines += event.log_chunk.data
            state = event.run_state_change.state or state
    assert state == Run.STATE_SUCCEEDED, state
    assert lines.count(b"\n") >= _LINES, lines[-2000:]
    return name, last
