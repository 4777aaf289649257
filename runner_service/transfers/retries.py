"""When the same is tried again: exponential backoff with jitter, and what registries ask for."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often, and how long after."""

    attempt_count: int = 6
    """All attempts, the first included."""
    initial_delay_s: float = 1.0
    """Before the second attempt; jitter shortens each delay by up to a half."""
    delay_multiplier: float = 2.0
    longest_delay_s: float = 30.0
    longest_retry_after_s: float = 300.0
    """A registry that asks for more than this is not waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """A policy, and what it waits and draws with."""

    policy: RetryPolicy = field(default_factory=RetryPolicy)
    sleep: Sleep = asyncio.sleep
    draw: Callable[[], float] = random.random
    """Returns a number from 0 up to 1."""

    def delay_s(self, attempt: int, retry_after_s: float | None = None) -> float | None:
        """Return the wait after attempt `attempt`, counted from 1; None: it was the last.

        Args:
            attempt: The one that failed.
            retry_after_s: What the registry asks for; None: it says nothing.
        """
        policy = self.policy
        if attempt >= policy.attempt_count:
            return None
        grown = policy.initial_delay_s * policy.delay_multiplier ** (attempt - 1)
        own = min(grown, policy.longest_delay_s) * (1 - self.draw() / 2)
        if retry_after_s is None:
            return own
        if retry_after_s > policy.longest_retry_after_s:
            return None
        return max(own, retry_after_s)
