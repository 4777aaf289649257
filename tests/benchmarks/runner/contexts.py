"""Build contexts: how fast they are sent, and what the runner holds of them."""

import os
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.rows import Row, row_against_fastest, seconds
from tests.benchmarks.runner.bench import Bench, Work, pipeline_that_builds

_DOCKERFILE = "FROM scratch\nCOPY . /context/\n"
_ROUNDS = 3
_FILES_IN_FOLDER = 100
_MEGABYTE = 1_000_000
_GROWTH_MIB = 64.0
_OURS = "freshet"


@dataclass(slots=True)
class _Moving:
    """A context that everybody takes for a new one: in another place, and its content is new."""

    path: Path
    name: str
    number: int = 0

    def move(self) -> None:
        self.number += 1
        self.path = self.path.rename(self.path.with_name(f"{self.name}-{self.number}"))
        (self.path / "stamp").write_text(f"{self.path} {self.number}", encoding="utf-8")
        os.sync()  # what an earlier build still writes must not count for the next


def big_context_rows(bench: Bench) -> Iterator[Row]:
    """Measure 1 GB in ten files: the time, and by how much the runner grows."""
    context = _context(bench, "big", count=10, size_bytes=100 * _MEGABYTE)
    growths: list[float] = []

    def watched(work: Work) -> Work:
        return lambda: growths.append(_growth_mib(bench.runner_pid, work))

    first, _ = _measured(bench, context, watched)
    yield _row("context-1-gb", first, aim=1.1)
    yield Row(
        name="context-1-gb-memory",
        figure=max(growths),
        unit="MiB more in the runner, at most",
        peer="a bound",
        peer_figure=_GROWTH_MIB,
        aim=1.0,
    )


def many_files_rows(bench: Bench) -> Iterator[Row]:
    """Measure 10,000 files of 20 kB: the first time, and when nothing has changed."""
    context = _context(bench, "many", count=10_000, size_bytes=20_000)
    first, again = _measured(bench, context, lambda work: work)
    yield _row("context-10000-files", first, aim=2.0)
    yield _row("context-10000-files-unchanged", again, aim=2.0)


def _context(bench: Bench, name: str, *, count: int, size_bytes: int) -> _Moving:
    chance = random.Random(name)
    pipeline = pipeline_that_builds("bench/context")
    root = bench.directory(name, Dockerfile=_DOCKERFILE, codefresh_yml=pipeline)
    for number in range(count):
        folder = root / f"folder-{number // _FILES_IN_FOLDER:03}"
        folder.mkdir(exist_ok=True)
        with (folder / f"{number:05}").open("wb") as file:
            for begin in range(0, size_bytes, _MEGABYTE):
                file.write(chance.randbytes(min(_MEGABYTE, size_bytes - begin)))
    return _Moving(root, name)


_Times = dict[str, list[float]]


def _measured(
    bench: Bench, context: _Moving, watched: Callable[[Work], Work]
) -> tuple[_Times, _Times]:
    """Return the seconds of everybody's first and second build of each of their contexts."""
    first: _Times = defaultdict(list)
    again: _Times = defaultdict(list)
    for _ in range(_ROUNDS):
        for who in (_OURS, *bench.clients):
            bench.forget_builds()
            context.move()
            if who == _OURS:
                work = watched(bench.run(context.path))
            else:
                work = bench.builders(str(context.path))[who]
            first[who].append(seconds(work))
            again[who].append(seconds(work))
    return first, again


def _row(name: str, times: _Times, *, aim: float) -> Row:
    found = {who: statistics.median(each) for who, each in times.items()}
    return row_against_fastest(name, found.pop(_OURS), found, aim)


def _growth_mib(pid: int, work: Work) -> float:
    """Return by how much a process grows at its peak while the work goes on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
    before = _memory_mib(pid, "VmRSS")
    work()
    return _memory_mib(pid, "VmHWM") - before


def _memory_mib(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(name)
