"""Port: where runs and their events are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from freshet.runner.v1.run_pb2 import Run, RunEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one run since it was last saved."""

    run: Run
    """The whole present state."""
    events: Sequence[RunEvent]
    """New events, in order, without gaps."""


class RunStore(Protocol):
    """Keeps runs. Calls block and may come from any thread; all raise `StoreUnavailable`."""

    def create(self, run: Run, request_id: str) -> Run:
        """Add `run`, or return the one that was created with the same `request_id`.

        An empty `request_id` matches none.
        """

    def save(self, changes: Sequence[Change]) -> None:
        """Write all changes, or none of them when it fails."""

    def load(self, run_id: str) -> Run | None:
        """Return a run with its plan."""

    def page(self, *, pipeline: str, after: str, limit: int) -> tuple[Sequence[Run], str]:
        """Return runs, newest first, and the key of the next page; empty: there is none.

        Args:
            pipeline: Only runs of this pipeline; empty: all.
            after: Key of the page; empty for the first.
            limit: How many at most.
        """

    def events(self, run_id: str, start: int, limit: int) -> Sequence[RunEvent]:
        """Return events from number `start` on, in order."""

    def unfinished(self) -> Sequence[Run]:
        """Return the runs that are in no final state, oldest first."""

    def delete(self, run_id: str) -> None:
        """Remove a run and its events, if it is there."""

    def close(self) -> None:
        """Release the database."""
