"""Limits of numbers and the form of time limits. Source: the platform's pages on both."""

import re

RETRY_RANGES = {"maxAttempts": (1.0, 10.0), "delay": (5.0, 60.0), "exponentialFactor": (1.0, 5.0)}
"""Least and greatest value of the keys of `retry`; delays are in seconds."""


_TIMEOUT = r"(?=[^smh]*\d)\d*\.?\d*[smh]"


def is_timeout(text: str) -> bool:
    """Whether a time limit can be read: a number and `s`, `m` or `h`."""
    return re.fullmatch(_TIMEOUT, text) is not None
