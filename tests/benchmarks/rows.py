"""One row of the benchmark, and how figure and peer are measured in turn."""

import json
import statistics
import time
from collections.abc import Callable
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


def measure_in_turn(
    ours: Callable[[], object], peer: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Return the median seconds of both, run one after the other `rounds` times.

    Each is run once before, so that caches are warm for both. Turns keep a change of the
    machine's pace from counting for one of them only.
    """
    ours()
    peer()
    our_times, peer_times = [], []
    for _ in range(rounds):
        our_times.append(_seconds(ours))
        peer_times.append(_seconds(peer))
    return statistics.median(our_times), statistics.median(peer_times)


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
