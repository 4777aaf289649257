"""How long an operation may take, and how long it may say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from runner_service.errors import StepFailed

_NOTE_EVERY_S = 0.5
"""Output moves the limit so often at most: it may come a thousand times a second."""


class LimitReached(StepFailed):
    """An operation was stopped, since it took too long or said nothing for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one operation, whatever the plan says."""

    total_s: float = 6 * 3600.0
    silence_s: float = 3600.0


DEFAULT_LIMITS = Limits()


@asynccontextmanager
async def limited(limits: Limits) -> AsyncIterator[Callable[[], None]]:
    """Cancel what is done inside when it takes too long; call what is given at each output.

    Raises:
        LimitReached: it was cancelled for that.
    """
    loop = asyncio.get_running_loop()
    heard_at = loop.time()
    total, silence = asyncio.timeout(limits.total_s), asyncio.timeout(limits.silence_s)

    def heard() -> None:
        nonlocal heard_at
        now = loop.time()
        if now - heard_at >= min(_NOTE_EVERY_S, limits.silence_s / 4) and not silence.expired():
            heard_at = now
            silence.reschedule(now + limits.silence_s)

    try:
        async with total, silence:
            yield heard
    except TimeoutError as error:
        if silence.expired():
            raise LimitReached(
                "INACTIVE",
                f"it said nothing for {limits.silence_s:g} s",
                "let it say what it does, or raise `inactivity-seconds` of the runner",
            ) from error
        if total.expired():
            raise LimitReached(
                "TIMEOUT",
                f"the operation took longer than {limits.total_s:g} s",
                "raise `operation-seconds` of the runner, or do less at a time",
            ) from error
        raise
