"""Time limits and retries."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from compiler.language.pipeline import Retry
from compiler.language.ranges import RETRY_RANGES, is_timeout
from compiler.language.values import Number
from freshet.plan.v1.plan_pb2 import RetryPolicy

_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000}
_MAX_TIMEOUT_MS = 2_147_483_647
_DEFAULTS = {"maxAttempts": 1.0, "delay": 5.0, "exponentialFactor": 1.0}


def timeout(text: str) -> Duration | None:
    """Return a time limit; None: there is none, or it cannot be read."""
    if not is_timeout(text):
        return None
    milliseconds = min(float(text[:-1]) * _UNIT_MS[text[-1]], _MAX_TIMEOUT_MS)
    if milliseconds == 0:
        return None
    limit = Duration()
    limit.FromMilliseconds(round(milliseconds))
    return limit


def retry_policy(retry: Retry) -> RetryPolicy:
    """Return how a step is tried again; numbers out of range are brought to its edge."""
    delay = Duration()
    delay.FromMilliseconds(round(_clamped("delay", retry.delay) * 1000))
    return RetryPolicy(
        max_attempt_count=int(_clamped("maxAttempts", retry.max_attempts)),
        initial_delay=delay,
        delay_multiplier=_clamped("exponentialFactor", retry.exponential_factor),
    )


def _clamped(key: str, number: Number | None) -> float:
    least, most = RETRY_RANGES[key]
    return min(max(number.value if number else _DEFAULTS[key], least), most)
