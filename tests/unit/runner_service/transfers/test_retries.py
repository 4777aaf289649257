"""How long is waited."""

import pytest

from runner_service.transfers import Retries, RetryPolicy

POLICY = RetryPolicy(attempt_count=5, longest_delay_s=5.0, longest_retry_after_s=60.0)


@pytest.mark.parametrize(
    ("attempt", "retry_after_s", "delay_s"),
    [
        (1, None, 1.0),
        (2, None, 2.0),
        (3, None, 4.0),
        (4, None, 5.0),
        (5, None, None),
        (1, 30.0, 30.0),
        (3, 1.0, 4.0),
        (1, 61.0, None),
        (5, 1.0, None),
    ],
)
def test_delays_grow_and_registries_may_ask_for_more(
    attempt: int, retry_after_s: float | None, delay_s: float | None
) -> None:
    retries = Retries(policy=POLICY, draw=lambda: 0.0)

    assert retries.delay_s(attempt, retry_after_s) == delay_s


def test_jitter_takes_away_a_half_at_most() -> None:
    retries = Retries(policy=POLICY, draw=lambda: 1.0)

    assert retries.delay_s(2) == 1.0
    assert retries.delay_s(2, 30.0) == 30.0
