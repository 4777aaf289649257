"""Lets operations begin, until the runner stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Open at first; once closed, what has begun may end, and nothing else begins."""

    def __init__(self) -> None:
        """Let everything through."""
        self._inside_count = 0
        self._is_closed = False
        self._left = asyncio.Event()

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Do something inside; at a closed gate this waits until it is cancelled."""
        if self._is_closed:
            await asyncio.Event().wait()
        self._inside_count += 1
        try:
            yield
        finally:
            self._inside_count -= 1
            self._left.set()

    async def close(self, limit_s: float) -> bool:
        """Let nothing more in, and wait for what is inside; return whether all left in time."""
        self._is_closed = True
        try:
            async with asyncio.timeout(limit_s):
                while self._inside_count:
                    self._left.clear()
                    await self._left.wait()
        except TimeoutError:
            return False
        return True
