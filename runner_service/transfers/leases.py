"""Who may go to the daemon about a repository, so that no two accounts meet there.

An engine merges concurrent transfers of one repository whatever their accounts: a wrong password
would break, or borrow from, a right one. In this process; runners on one daemon are not kept
apart.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Lease:
    holder: Hashable
    count: int = 0
    waiting: deque[tuple[Hashable, asyncio.Future[None]]] = field(default_factory=deque)


class Leases:
    """Leases by key, one holder at a time, first come, first served. Belongs to one event loop."""

    def __init__(self, tell_every_s: float = 60.0) -> None:
        """Begin without any; whoever waits is told so every `tell_every_s` seconds."""
        self._tell_every_s = tell_every_s
        self._leases: dict[Hashable, _Lease] = {}

    @asynccontextmanager
    async def hold(
        self, key: Hashable, holder: Hashable, on_wait: Callable[[], None] = lambda: None
    ) -> AsyncIterator[None]:
        """Hold `key`; equal holders share it, others wait for their turn.

        Args:
            key: What is held, such as a repository.
            holder: Who holds it, such as an account; an `object()` shares with nobody.
            on_wait: Called when somebody else holds it, and again from time to time.
        """
        lease = self._leases.setdefault(key, _Lease(holder))
        if lease.count and (lease.holder != holder or lease.waiting):
            await self._turn(key, lease, holder, on_wait)
        else:
            lease.count += 1
        try:
            yield
        finally:
            self._leave(key, lease)

    async def _turn(
        self, key: Hashable, lease: _Lease, holder: Hashable, on_wait: Callable[[], None]
    ) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lease.waiting.append((holder, turn))
        try:
            while not turn.done():
                on_wait()
                await asyncio.wait((turn,), timeout=self._tell_every_s)
        except asyncio.CancelledError:
            if turn.done():  # it was our turn at this very moment
                self._leave(key, lease)
            else:
                lease.waiting.remove((holder, turn))
                self._admit(key, lease)
            raise

    def _leave(self, key: Hashable, lease: _Lease) -> None:
        lease.count -= 1
        self._admit(key, lease)

    def _admit(self, key: Hashable, lease: _Lease) -> None:
        """Let in whoever is next, and those behind who share with them."""
        while lease.waiting and (not lease.count or lease.waiting[0][0] == lease.holder):
            lease.holder, turn = lease.waiting.popleft()
            lease.count += 1
            turn.set_result(None)
        if not lease.count:
            self._leases.pop(key, None)
