"""Port: where runs and their events are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from freshet.runner.v1.run_pb2 import Run, RunEvent
from runner_service.change import Change
from runner_service.retention import EndedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a run was asked for with."""

    id: str
    """Chosen by the caller; empty: none."""
    digest: bytes
    """Two requests of one id are the same request if theirs are equal."""
    message: bytes
    """The message `CreateRunRequest`, without the plan and without the values of secrets."""


class RunStore(Protocol):
    """Keeps runs. Calls block and may come from any thread; all raise `StoreUnavailable`.

    Several runners may share a store: each one writes its own runs alone.
    """

    def create(self, run: Run, request: RunRequest) -> Run:
        """Add `run`, or return the one that was created by the same request.

        Raises:
            RequestIdReused: another request had its id.
        """

    def made_by(self, request: RunRequest) -> Run | None:
        """Return the run that was created by the same request, which must have an id.

        Raises:
            RequestIdReused: another request had its id.
        """

    def save(self, changes: Sequence[Change]) -> None:
        """Write all changes, or none of them when it fails.

        Events that were written already are left out: whoever does not know whether a change was
        written may write it again, with more behind it.
        """

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

    def unfinished(self) -> Sequence[tuple[Run, bytes]]:
        """Return the runs of this runner that are in no final state, oldest first.

        With each comes the message of its request; it is empty for runs of before version 0002.
        """

    def ended(self) -> Sequence[EndedRun]:
        """Return the runs that have ended, newest first."""

    def drop_events(self, run_id: str, limit: int) -> bool:
        """Drop the oldest events of a run, `limit` at most; return whether there are more."""

    def delete(self, run_id: str) -> None:
        """Remove a run and its events, if it is there."""

    def close(self) -> None:
        """Release the database."""
