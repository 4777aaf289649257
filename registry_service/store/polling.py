"""News of a store that cannot tell any: look every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

INTERVAL_S = 5.0


async def every_few_seconds() -> AsyncGenerator[None]:
    """Yield, without an end."""
    while True:
        await asyncio.sleep(INTERVAL_S)
        yield
