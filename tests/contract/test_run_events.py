"""Watchers hear what is stored, all of it and nothing else, however slow they or the store are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from freshet.plan.v1.plan_pb2 import Plan
from freshet.rpc.status import RpcFailure, read_failure
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import Run, RunEvent
from runner_service.daemon.fake_daemon import FakeDaemon
from runner_service.output import CHUNK_BYTES
from runner_service.prune import prune
from runner_service.retention import Retention
from runner_service.store.sql import open_store
from tests.contract.held_store import HeldStore
from tests.contract.runner import Harness, build_step, serving

PLAN = Plan(steps=[build_step()])
OUTPUT_BYTES = 6_000_000
"""More than what is kept in memory for watchers, and what waits there for the store."""


@pytest.fixture
def store(store_url: str) -> HeldStore:
    return HeldStore(open_store(store_url, "one"))


@pytest.fixture
async def harness(tmp_path: Path, store: HeldStore) -> AsyncIterator[Harness]:
    async with serving(tmp_path, FakeDaemon(), store=store, save_limit_s=0.1) as harness:
        (harness.directory / "big").write_text("x" * 99 + "\n", encoding="ascii")
        (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nRUN true\n")
        yield harness


def make_loud(harness: Harness) -> None:
    lines = ("".join(f"{number:099d}\n" for number in range(OUTPUT_BYTES // 100))).encode()
    (harness.directory / "big").write_bytes(lines)
    dockerfile = "FROM alpine:3.20\nCOPY big /big\nRUN cat /big\n"
    (harness.directory / "Dockerfile").write_text(dockerfile)


async def building(harness: Harness, store: HeldStore, *, away: bool) -> str:
    """Create a run, and make its store go away or wait as soon as it builds."""
    hold = harness.daemon.hold_next("build")
    name = await harness.create(PLAN)
    await hold.reached.wait()
    await asyncio.to_thread(store.may_save.wait)
    store.is_away = away
    if not away:
        store.may_save.clear()
    hold.released.set()
    return name


async def get(harness: Harness, name: str) -> Run:
    return (await harness.stub.GetRun(messages.GetRunRequest(name=name))).run


async def failure_of(watching: object) -> RpcFailure:
    with pytest.raises(grpc.RpcError) as raised:
        await watching  # type: ignore[misc]  # a coroutine of any kind
    return read_failure(raised.value)


@pytest.mark.parametrize("away", [True, False], ids=["away", "slow"])
async def test_nothing_is_told_before_it_is_stored_and_the_build_does_not_wait(
    away: bool, harness: Harness, store: HeldStore
) -> None:
    make_loud(harness)
    seen: list[RunEvent] = []

    async def watch(name: str) -> None:
        request = messages.WatchRunRequest(name=name)
        async for response in harness.stub.WatchRun(request):
            seen.extend(response.events)

    name = await building(harness, store, away=away)
    watching = asyncio.create_task(watch(name))
    while "app:x" not in harness.daemon.images:  # it was built, output and all
        await asyncio.sleep(0.01)
    run = await get(harness, name)
    listed = (await harness.stub.ListRuns(messages.ListRunsRequest())).runs[0]
    await asyncio.sleep(0.05)
    heard = len(seen)
    stored = await asyncio.to_thread(store.events, name.removeprefix("runs/"), 1, 999)
    store.is_away = False
    store.may_save.set()
    await watching
    events = await harness.events(name)

    assert run.state == listed.state == Run.STATE_RUNNING
    assert heard <= len(stored) == run.last_event_sequence
    assert seen == events
    output = b"".join(event.log_chunk.data for event in seen)
    assert output.count(b"\n") > OUTPUT_BYTES // 100
    assert b"%099d\n" % (OUTPUT_BYTES // 100 - 1) in output
    assert (await get(harness, name)).state == Run.STATE_SUCCEEDED


async def test_each_of_many_watchers_gets_every_event_from_wherever_it_begins(
    harness: Harness, store: HeldStore
) -> None:
    make_loud(harness)
    hold = harness.daemon.hold_next("build")
    name = await harness.create(PLAN)
    await hold.reached.wait()
    early = [asyncio.create_task(harness.events(name)) for _ in range(20)]
    hold.released.set()
    first = await harness.events(name)
    starts = [1, 2, len(first) // 2, len(first) - 1, len(first), len(first) + 1]
    late = await asyncio.gather(*(harness.events(name, start=start) for start in starts))

    assert [event.sequence for event in first] == list(range(1, len(first) + 1))
    for watching in early:
        assert await watching == first
    for start, events in zip(starts, late, strict=True):
        assert events == first[start - 1 :]
    sizes = [len(event.log_chunk.data) for event in first if event.HasField("log_chunk")]
    assert max(sizes) == CHUNK_BYTES
    assert len(sizes) < 2 * OUTPUT_BYTES / CHUNK_BYTES


async def test_watcher_that_reads_nothing_holds_nobody_up(
    harness: Harness, store: HeldStore
) -> None:
    make_loud(harness)
    name = await harness.create(PLAN)
    lazy = [harness.stub.WatchRun(messages.WatchRunRequest(name=name)) for _ in range(20)]

    run = await harness.finish(name)

    assert run.state == Run.STATE_SUCCEEDED
    events = [event async for response in lazy[0] for event in response.events]
    assert [event.sequence for event in events] == list(range(1, run.last_event_sequence + 1))
    for watching in lazy:
        watching.cancel()


async def test_cancel_stops_the_build_though_the_store_is_away_and_says_so(
    harness: Harness, store: HeldStore
) -> None:
    hold = harness.daemon.hold_next("build")
    name = await harness.create(PLAN)
    await hold.reached.wait()
    store.is_away = True

    failure = await failure_of(harness.stub.CancelRun(messages.CancelRunRequest(name=name)))
    running = (await harness.stub.GetRunner(messages.GetRunnerRequest())).runner.running_count
    store.is_away = False
    run = await harness.finish(name)

    assert (failure.code, failure.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    assert running == 0
    assert run.state == Run.STATE_CANCELLED


async def test_operation_begins_when_it_is_stored_that_it_does(
    harness: Harness, store: HeldStore
) -> None:
    store.is_away = True
    name = await harness.create(PLAN)
    while not store.save_count:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    builds = len(harness.daemon.builds)
    store.is_away = False
    run = await harness.finish(name)

    assert builds == 0
    assert run.state == Run.STATE_SUCCEEDED


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands."""

    days: int
    """Since 1970."""

    def now_ns(self) -> int:
        return self.days * 86_400 * 10**9


async def test_dropped_events_are_out_of_range_and_their_run_stays(
    harness: Harness, store: HeldStore
) -> None:
    run = await harness.run(PLAN)
    last = run.last_event_sequence

    await prune(store, Retention(event_days=30, run_days=1_000_000), FixedClock(days=100_000))

    failure = await failure_of(harness.events(run.name))
    assert (failure.code, failure.reason) == (grpc.StatusCode.OUT_OF_RANGE, "EVENTS_OUT_OF_RANGE")
    assert failure.metadata == {
        "start_sequence": "1",
        "first_sequence": str(last + 1),
        "last_sequence": str(last),
    }
    assert "was dropped" in failure.message
    assert await harness.events(run.name, start=last + 1) == []
    assert await get(harness, run.name) == run


async def test_first_event_that_is_kept_is_told(harness: Harness, store: HeldStore) -> None:
    run = await harness.run(PLAN)
    store.drop_events(run.name.removeprefix("runs/"), 2)

    failure = await failure_of(harness.events(run.name))

    assert failure.metadata["first_sequence"] == "3"
    events = await harness.events(run.name, start=3)
    assert events[-1].sequence == run.last_event_sequence


async def test_old_runs_are_deleted_and_those_that_go_on_are_not(
    harness: Harness, store: HeldStore
) -> None:
    ended = await harness.run(PLAN)
    hold = harness.daemon.hold_next("build")
    going_on = await harness.create(PLAN)
    await hold.reached.wait()

    await prune(store, Retention(run_days=1), FixedClock(days=100_000))

    failure = await failure_of(harness.events(ended.name))
    assert failure.reason == "RUN_NOT_FOUND"
    hold.released.set()
    assert (await harness.finish(going_on)).state == Run.STATE_SUCCEEDED


async def test_run_of_another_runner_is_followed_and_left_to_it(
    harness: Harness, tmp_path: Path, store_url: str
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    hold = harness.daemon.hold_next("build")
    name = await harness.create(PLAN)
    await hold.reached.wait()

    shared = open_store(store_url, "other")
    async with serving(folder, FakeDaemon(), store=shared) as other:
        watching = asyncio.create_task(other.events(name))
        cancelled = await failure_of(other.stub.CancelRun(messages.CancelRunRequest(name=name)))
        deleted = await failure_of(other.stub.DeleteRun(messages.DeleteRunRequest(name=name)))
        hold.released.set()
        events = await watching

    assert (cancelled.code, cancelled.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "RUN_ELSEWHERE",
    )
    assert deleted.reason == "RUN_NOT_ENDED"
    assert events == await harness.events(name)
    assert events[-1].run_state_change.state == Run.STATE_SUCCEEDED
