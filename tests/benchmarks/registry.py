"""The registry service against a gRPC method that does nothing, and its start against plain SQL."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from google.protobuf.empty_pb2 import Empty

from freshet.database import sqlite_url
from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.registry.v1.repository_pb2 import RepositoryQuery
from freshet.rpc.addresses import parse_address
from freshet.rpc.connect import Endpoint, open_aio_channel
from registry_service.store.sql import open_store
from tests.benchmarks.registry_fill import fill, registry_id
from tests.benchmarks.registry_server import NOTHING
from tests.benchmarks.rows import Row, measure_in_turn

_COUNTS = (10, 100_000)
_ROUNDS = 60
_CALLS = 256
"""Of one round: short ones in turn, for the pace of a shared machine changes within seconds."""
_AT_ONCE = 16
_DIFFERENT = 10_000
"""Registries that are asked for: more than any cache of a few thousand holds."""
_START_ROUNDS = 7
_Call = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class _Times:
    per_call_s: list[float] = field(default_factory=list)
    """Of each round, with all calls at once."""
    latencies_s: list[float] = field(default_factory=list)

    @property
    def p99_s(self) -> float:
        return statistics.quantiles(self.latencies_s, n=100)[98]


def registry_rows(folder: Path) -> Iterator[Row]:
    """Measure in `folder`."""
    for count in _COUNTS:
        database = folder / str(count)
        database.mkdir()
        fill(sqlite_url(database / "registry.db"), count)
        with _server(database):
            yield from asyncio.run(_call_rows(database, count))
    yield from _start_rows(folder / str(_COUNTS[-1]) / "registry.db", _COUNTS[-1])


async def _call_rows(folder: Path, count: int) -> list[Row]:
    chance = random.Random(1)
    service = Endpoint(address=parse_address(f"unix:{folder}/service"))
    nothing = Endpoint(address=parse_address(f"unix:{folder}/nothing"))
    async with open_aio_channel(service) as channel, open_aio_channel(nothing) as peer:
        stub = RegistryServiceStub(channel)
        nothing_at_all = Empty()
        do_nothing = peer.unary_unary(NOTHING, Empty.SerializeToString, Empty.FromString)

        # Requests are made before: what is compared is how they are answered.
        ids = [registry_id(chance.randrange(count)) for _ in range(_DIFFERENT)]
        gets = cycle([_get(each) for each in ids])
        questions = cycle([_question(each) for each in ids])
        issues = cycle([_issue(each) for each in ids])
        measured: list[tuple[str, _Call, float]] = [
            ("get", lambda: stub.GetRegistry(next(gets)), 0.85),
            ("resolve", lambda: stub.ResolveRepositories(next(questions)), 0.85),
            ("issue", lambda: stub.IssueRegistryCredentials(next(issues)), 0.8),
        ]
        rows: list[Row] = []
        for name, call, share in measured:
            times = await _measure(call, lambda: do_nothing(nothing_at_all))
            rows += _rows(f"registry-{name}-{count}", *times, share)
        return rows


def _get(registry_id: str) -> messages.GetRegistryRequest:
    return messages.GetRegistryRequest(name=f"registries/{registry_id}")


def _question(registry_id: str) -> messages.ResolveRepositoriesRequest:
    purpose = RepositoryQuery.PURPOSE_PUSH
    query = RepositoryQuery(purpose=purpose, image_name="app", registry_id=registry_id)
    return messages.ResolveRepositoriesRequest(queries=[query])


def _issue(registry_id: str) -> messages.IssueRegistryCredentialsRequest:
    return messages.IssueRegistryCredentialsRequest(name=f"registries/{registry_id}")


async def _measure(ours: _Call, peer: _Call) -> tuple[_Times, _Times]:
    our_times, peer_times = _Times(), _Times()
    await _round(ours, _Times())
    await _round(peer, _Times())
    for _ in range(_ROUNDS):
        await _round(ours, our_times)
        await _round(peer, peer_times)
    return our_times, peer_times


async def _round(call: _Call, times: _Times) -> None:
    async def one_after_the_other() -> None:
        for _ in range(_CALLS // _AT_ONCE):
            began = time.perf_counter()
            await call()
            times.latencies_s.append(time.perf_counter() - began)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(one_after_the_other())
    times.per_call_s.append((time.perf_counter() - began) / _CALLS)


def _rows(name: str, ours: _Times, peer: _Times, share: float) -> Iterator[Row]:
    """Return rows for the throughput, whose aim is a `share` of the peer's, and for the p99."""
    whom = "a method of grpc.aio that does nothing"
    yield Row(
        name=name,
        figure=statistics.median(ours.per_call_s) * 1e6,
        unit="µs per call",
        peer=whom,
        peer_figure=statistics.median(peer.per_call_s) * 1e6,
        aim=1 / share,
    )
    yield Row(
        name=f"{name}-p99",
        figure=ours.p99_s * 1e3,
        unit="ms",
        peer=whom,
        peer_figure=peer.p99_s * 1e3,
        aim=1.3,
    )


def _start_rows(path: Path, count: int) -> Iterator[Row]:
    def load() -> object:
        store = open_store(sqlite_url(path))
        loaded = store.load()
        store.close()
        return loaded

    def read() -> object:
        connection = sqlite3.connect(path)
        rows = connection.execute("SELECT * FROM registries ORDER BY number").fetchall()
        connection.close()
        return rows

    figure, peer_figure = measure_in_turn(load, read, _START_ROUNDS)
    yield Row(
        name=f"registry-start-{count}",
        figure=figure,
        unit="s",
        peer="reading the rows with plain SQL",
        peer_figure=peer_figure,
        aim=5.0,
    )
    yield Row(
        name=f"registry-memory-{count}",
        figure=_held_bytes(load) / count,
        unit="bytes per registry",
        peer="the rows in memory",
        peer_figure=_held_bytes(read) / count,
        aim=2.0,
    )


def _held_bytes(work: Callable[[], object]) -> int:
    tracemalloc.start()
    result = work()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return held


@contextmanager
def _server(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.registry_server", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()
