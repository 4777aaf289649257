"""Time limits and retries."""

from __future__ import annotations

import re

from google.protobuf.duration_pb2 import Duration

from compiler.language.parts import Retry
from compiler.language.ranges import RETRY_RANGES, is_timeout
from compiler.language.tables.git_clone import MAX_COUNT
from compiler.language.values import Number
from freshet.plan.v1.plan_pb2 import RetryPolicy

_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "hours": 3600, "minutes": 60}
_MAX_S = 2_147_483.647
"""Longest time limit. Source: the platform's page on time limits, in milliseconds."""
_DEFAULTS = {"maxAttempts": 1.0, "delay": 5.0, "exponentialFactor": 1.0}
_PARTS = re.compile(r"(?:\d+(?:\.\d+)?[smhd])+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def timeout(text: str) -> Duration | None:
    """Return a time limit; None: there is none, or it cannot be read."""
    if not is_timeout(text):
        return None
    limit_s = float(text[:-1]) * _UNIT_S[text[-1]]
    return duration(min(limit_s, _MAX_S)) if limit_s else None


def span_of_time(text: str) -> Duration | None:
    """Return a time made of parts, such as `1h30m` or `336h`; None: it cannot be read."""
    if not _PARTS.fullmatch(text):
        return None
    return duration(sum(float(count) * _UNIT_S[unit] for count, unit in _PART.findall(text)))


def duration(seconds: float, unit: str = "s") -> Duration:
    """Return a time; one that is longer than a plan can hold is cut."""
    found = Duration()
    found.FromMilliseconds(round(min(seconds * _UNIT_S[unit], MAX_COUNT) * 1000))
    return found


def count(number: Number | None, default: int) -> int:
    """Return a whole number, brought to what a plan can hold; `default` for None."""
    return round(min(max(number.value, -MAX_COUNT), MAX_COUNT)) if number else default


def retry_policy(retry: Retry | None) -> RetryPolicy | None:
    """Return how a step is tried again; numbers out of range are brought to its edge."""
    if retry is None:
        return None
    return RetryPolicy(
        max_attempt_count=int(_clamped("maxAttempts", retry.max_attempts)),
        initial_delay=duration(_clamped("delay", retry.delay)),
        delay_multiplier=_clamped("exponentialFactor", retry.exponential_factor),
    )


def _clamped(key: str, number: Number | None) -> float:
    least, most = RETRY_RANGES[key]
    return min(max(number.value if number else _DEFAULTS[key], least), most)
