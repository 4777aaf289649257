"""What waits for the store comes out as it went in, in bounded memory."""

import random
from pathlib import Path

import pytest

from freshet.runner.v1.run_pb2 import LogChunk, RunEvent, RunNotice
from runner_service.backlog import Backlog


def output(number: int, size: int = 100) -> RunEvent:
    return RunEvent(sequence=number, log_chunk=LogChunk(data=b"x" * size))


def drained(backlog: Backlog) -> list[int]:
    numbers = []
    while events := backlog.first(1):
        numbers += [event.sequence for event in events]
        backlog.drop(len(events))
    return numbers


@pytest.mark.parametrize("seed", range(20))
def test_events_leave_in_the_order_they_came(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    backlog = Backlog(tmp_path, memory_bytes=1000)
    left, count = [], 0

    for _ in range(200):
        if chance.random() < 0.6:
            for _ in range(chance.randrange(20)):
                count += 1
                assert backlog.append(output(count, chance.randrange(1, 400)))
        else:
            events = backlog.first(chance.randrange(1, 3000))
            left += [event.sequence for event in events]
            backlog.drop(len(events))
    left += drained(backlog)
    backlog.close()

    assert left == list(range(1, count + 1))


def test_memory_stays_bounded_and_the_file_has_no_name(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path, memory_bytes=10_000)

    for number in range(1, 10_001):
        backlog.append(output(number))

    assert sum(event.ByteSize() for event in backlog.first(10**9)) <= 10_000
    assert list(tmp_path.iterdir()) == []
    backlog.close()


def test_first_events_are_as_many_as_fit_and_one_at_least() -> None:
    backlog = Backlog()
    for number in range(1, 6):
        backlog.append(output(number))

    size = output(1).ByteSize()
    assert [event.sequence for event in backlog.first(2 * size)] == [1, 2]
    assert [event.sequence for event in backlog.first(1)] == [1]


def test_output_beyond_the_limit_is_refused_and_everything_else_is_kept(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path, memory_bytes=500, spool_bytes=1000)
    taken = [number for number in range(1, 50) if backlog.append(output(number))]

    assert backlog.append(RunEvent(sequence=50, notice=RunNotice(reason="X")))
    assert not backlog.append(output(51))
    assert not backlog.has_room
    assert drained(backlog) == [*taken, 50]
    assert backlog.has_room
    assert backlog.append(output(52))
    assert drained(backlog) == [52]
    backlog.close()


def test_full_disk_is_as_a_full_file(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path / "absent", memory_bytes=500)
    taken = [number for number in range(1, 50) if backlog.append(output(number))]

    assert len(taken) < 10
    assert backlog.append(RunEvent(sequence=50, notice=RunNotice(reason="X")))
    assert drained(backlog) == [*taken, 50]
