"""What happened to a run since it was last saved."""

from collections.abc import Sequence
from dataclasses import dataclass

from freshet.runner.v1.run_pb2 import Run, RunEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The next events of one run, and what they make of it."""

    run: Run
    """The state after the last of the events, without the plan."""
    events: Sequence[RunEvent]
    """In order, without gaps."""
    state_changed: bool
    """Whether `run` differs in more than the number of its last event."""
