"""A history of calls, and whether some order of them explains every answer.

The store is given a witness that notes each change in the order of revisions. That order is the
claim: every answer must be what one place in it says, and the places must respect real time. A
call that begins after another has ended may not have an earlier place.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from registry_service.snapshot import Snapshot
from registry_service.store.port import Decide, RegistryStore

Explains = Callable[[Snapshot, Snapshot], bool]
"""Whether an answer is right for a call between two successive snapshots; for one that writes
nothing, the second says what it saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that has ended."""

    what: str
    began: float
    ended: float
    explains: Explains
    writes: bool = False
    """Whether it asked for a change, and was not refused."""


@dataclass(slots=True)
class Witness:
    """All snapshots there were, by revision, and when each began to be written."""

    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    began: dict[int, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, snapshot: Snapshot, began: float) -> None:
        """Note a snapshot, unless it is known."""
        with self._lock:
            self.snapshots.setdefault(snapshot.revision, snapshot)
            self.began.setdefault(snapshot.revision, began)

    @property
    def newest(self) -> int:
        """The revision of the last change."""
        return max(self.snapshots)


@dataclass(frozen=True, slots=True)
class WitnessedStore:
    """A store whose changes a witness notes."""

    store: RegistryStore
    witness: Witness

    def load(self) -> Snapshot:
        """Return what is stored."""
        loaded = self.store.load()
        self.witness.note(loaded, time.monotonic())
        return loaded

    def refresh(self, present: Snapshot) -> Snapshot:
        """Return what is stored."""
        return self.store.refresh(present)

    def change(self, present: Snapshot, decide: Decide) -> Snapshot:
        """Make a change, and note it."""
        began = time.monotonic()
        after = self.store.change(present, decide)
        self.witness.note(after, began)
        return after

    def news(self) -> AsyncGenerator[None]:
        """Yield whenever others may have written."""
        return self.store.news()

    def close(self) -> None:
        """Release the database."""
        self.store.close()


def unexplained(calls: Sequence[Call], witness: Witness) -> list[str]:
    """Return what no order explains: calls without a place, and changes without a call."""
    faults = []
    unclaimed = set(witness.snapshots) - {min(witness.snapshots)}
    ended: list[tuple[float, int]] = []
    # Which of several callers removed a registry cannot be told from their answers: it is counted.
    unclaimed -= {number for number in unclaimed if _removed(witness, number)}
    for call in sorted(calls, key=lambda call: call.began):
        earliest = max((place for end, place in ended if end < call.began), default=0)
        place = _place(call, earliest, witness)
        if place is None:
            faults.append(f"{call.what} has no place after {earliest}")
            continue
        ended.append((call.ended, place))
        if call.writes:
            unclaimed.discard(place)
    return [*faults, *(f"change {number} was asked for by nobody" for number in unclaimed)]


def removals(witness: Witness) -> Counter[str]:
    """Return how often each name was removed."""
    return Counter(name for number in witness.snapshots for name in _removed(witness, number))


def _removed(witness: Witness, number: int) -> set[str]:
    before = witness.snapshots.get(number - 1, witness.snapshots[number])
    return set(before.registries) - set(witness.snapshots[number].registries)


def _place(call: Call, earliest: int, witness: Witness) -> int | None:
    """Return the first revision that the call can have made or seen."""
    for revision in itertools.count(earliest):
        if revision > witness.newest or witness.began[revision] > call.ended:
            return None
        before = witness.snapshots.get(revision - 1, witness.snapshots[revision])
        if call.explains(before, witness.snapshots[revision]):
            return revision
    raise AssertionError("not reached")
