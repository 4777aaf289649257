"""How long runs and their events are kept; pure. Runs that have not ended are never touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept of runs that have ended. Events go first: they are what is large."""

    event_days: int = 30
    """Events of a run are dropped so many days after its end."""
    event_megabytes: int = 10_000
    """Beyond so much, the events of the oldest runs are dropped. A megabyte has 1,000,000 bytes."""
    run_days: int = 365
    """Runs are deleted so many days after their end."""
    run_count: int = 100_000
    """Beyond so many, the oldest runs are deleted."""


DEFAULT_RETENTION = Retention()


class EndedRun(NamedTuple):
    """What counts of a run."""

    id: str
    end_time_us: int
    """Since 1970."""
    event_bytes: int
    """Of the events that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """What is kept no longer, oldest first."""

    events: tuple[str, ...]
    """Ids of the runs whose events are dropped; those that are deleted are among them."""
    runs: tuple[str, ...]
    """Ids of the runs that are deleted."""


def expired(ended: Sequence[EndedRun], retention: Retention, now_us: int) -> Expired:
    """Return what of the runs that have `ended`, newest first, is kept no longer."""
    events_since = now_us - _us(retention.event_days)
    runs_since = now_us - _us(retention.run_days)
    events, runs, kept_bytes = [], [], 0
    for count, run in enumerate(ended, start=1):
        is_expired = count > retention.run_count or run.end_time_us < runs_since
        kept_bytes += run.event_bytes
        too_much = kept_bytes > retention.event_megabytes * 1_000_000
        if run.event_bytes and (is_expired or too_much or run.end_time_us < events_since):
            events.append(run.id)
        if is_expired:
            runs.append(run.id)
    return Expired(events=tuple(reversed(events)), runs=tuple(reversed(runs)))


def _us(days: int) -> int:
    return timedelta(days=days) // timedelta(microseconds=1)
