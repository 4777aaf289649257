"""Old events go first, then old runs; by age, by number and by size."""

import pytest

from runner_service.retention import EndedRun, Retention, expired

DAY_US = 86_400 * 1_000_000
NOW_US = 1000 * DAY_US
# Newest first: they ended 1, 2, 3 and 4 days ago.
RUNS = [EndedRun(str(days), NOW_US - days * DAY_US, 1_000_000) for days in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("retention", "events", "runs"),
    [
        (Retention(), "", ""),
        (Retention(event_days=2), "43", ""),
        (Retention(event_megabytes=3), "4", ""),
        (Retention(event_megabytes=1), "432", ""),
        (Retention(run_days=3), "4", "4"),
        (Retention(run_count=2), "43", "43"),
        (Retention(event_days=1, run_days=3), "432", "4"),
    ],
)
def test_what_is_kept_no_longer_is_told_oldest_first(
    retention: Retention, events: str, runs: str
) -> None:
    gone = expired(RUNS, retention, NOW_US)

    assert (gone.events, gone.runs) == (tuple(events), tuple(runs))


def test_events_that_were_dropped_before_are_not_dropped_again() -> None:
    bare = [run._replace(event_bytes=0) for run in RUNS]

    gone = expired(bare, Retention(event_days=1, run_days=3), NOW_US)

    assert (gone.events, gone.runs) == ((), ("4",))
