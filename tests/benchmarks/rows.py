"""One row of the benchmark, and how figure and peer are measured in turn."""

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure beside that of a peer."""

    name: str
    figure: float
    unit: str
    peer: str
    """What it is compared with."""
    peer_figure: float
    aim: float
    """The ratio that is aimed for, or better."""

    def to_json(self) -> str:
        """Return the row as one line."""
        ratio = self.figure / self.peer_figure
        return json.dumps(
            {
                "name": self.name,
                "figure": round(self.figure, 4),
                "unit": self.unit,
                "peer": self.peer,
                "peer_figure": round(self.peer_figure, 4),
                "ratio": float(f"{ratio:.3g}"),
                "aim": float(f"{self.aim:.3g}"),
                "met": ratio <= self.aim,
            }
        )


def row_against_fastest(name: str, figure: float, peers: Mapping[str, float], aim: float) -> Row:
    """Return the row of seconds against the best of the peers, given by what they are called."""
    peer = min(peers, key=lambda each: peers[each])
    return Row(name=name, figure=figure, unit="s", peer=peer, peer_figure=peers[peer], aim=aim)


def measure_in_turn(
    ours: Callable[[], object], peer: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Return the median seconds of both; see `medians`."""
    our_median, peer_median = medians([ours, peer], rounds)
    return our_median, peer_median


def medians(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median seconds of each, run one after the other `rounds` times.

    Each is run once before, so that caches are warm for all. Turns keep a change of the
    machine's pace from counting for one of them only.
    """
    for work in works:
        work()
    times = [[seconds(work) for work in works] for _ in range(rounds)]
    return [statistics.median(of_one) for of_one in zip(*times, strict=True)]


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
