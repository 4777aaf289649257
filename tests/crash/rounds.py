"""One round: a writer process, a kill, and a look at what is stored.

The writer is forked, so that a round costs milliseconds: no thread may run and no database be open
in the process that forks.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from registry_service.changes import Change, imagined
from registry_service.errors import StoreUnavailable
from registry_service.snapshot import Snapshot
from registry_service.store.sql import open_store
from tests.crash.writes import Write, faults_of, random_write, seen

_LONGEST_LIFE_S = 0.09
_ROUND_NUMBERS = 1_000_000
"""Writes of one round are numbered from a multiple of this."""


class Lost(Exception):
    """The store does not hold what it acknowledged, or half of something."""


@dataclass(slots=True)
class Tally:
    """What happened in all rounds."""

    kills: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    """Writes that had begun at the kill."""
    in_flight_stored: int = 0


def run_rounds(url: str, rounds: int, seed: int, crash: Callable[[], None] | None) -> Tally:
    """Kill `rounds` writers, or let `crash` take the database away from them.

    Raises:
        Lost: with the seed and the number of the round.
    """
    chance = random.Random(seed)
    tally = Tally()
    expected = _stored(url)
    for number in range(rounds):
        log = _write_until_killed(url, number, chance, crash)
        tally.kills += 1
        try:
            expected = _judged(expected, log, _stored(url), tally)
        except Lost as error:
            raise Lost(f"seed {seed}, round {number}: {error}") from error
    return tally


def _write_until_killed(
    url: str, number: int, chance: random.Random, crash: Callable[[], None] | None
) -> list[str]:
    """Return the lines that the writer wrote: each write before it is asked for, and each ack."""
    seed, life_s = chance.getrandbits(32), chance.uniform(0, _LONGEST_LIFE_S)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _write_for_ever(url, random.Random(seed), number * _ROUND_NUMBERS, writing)
    os.close(writing)
    time.sleep(life_s)
    if crash:
        crash()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        return pipe.read().splitlines()


def _write_for_ever(url: str, chance: random.Random, number: int, pipe: int) -> None:
    try:
        store = open_store(url)
        present = store.load()
        while True:
            number += 1
            write = random_write(chance, number)
            os.write(pipe, f"{write.to_line()}\n".encode())
            present = store.change(present, write.decide)
            os.write(pipe, b"ack\n")
    except StoreUnavailable:
        pass  # the database was taken away
    finally:
        os._exit(0)


def _stored(url: str) -> Snapshot:
    """Return what is stored, once no transaction of a killed writer goes on."""
    store = open_store(url)
    try:
        return store.change(store.load(), lambda _: Change())
    finally:
        store.close()


def _judged(expected: Snapshot, log: list[str], stored: Snapshot, tally: Tally) -> Snapshot:
    for write, acknowledged in _writes(log):
        after = imagined(expected, write.decide(expected))
        if acknowledged:
            tally.acknowledged += 1
            expected = after
            continue
        tally.in_flight += 1
        if after.revision != expected.revision and seen(stored) == seen(after):
            tally.in_flight_stored += 1
            expected = after
    if seen(stored) != seen(expected):
        raise Lost(f"expected {seen(expected)}, found {seen(stored)}")
    if faults := faults_of(stored):
        raise Lost("; ".join(faults))
    return stored


def _writes(log: Iterable[str]) -> Iterator[tuple[Write, bool]]:
    """Return each write, and whether it was acknowledged; the last one need not be."""
    begun: Write | None = None
    for line in log:
        if line == "ack":
            assert begun
            yield begun, True
            begun = None
        else:
            begun = Write.from_line(line)
    if begun:
        yield begun, False
