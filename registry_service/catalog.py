"""The snapshot that all look-ups read, kept current by writes that pass here and by news."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from registry_service.changes import imagined
from registry_service.errors import StoreUnavailable
from registry_service.snapshot import Snapshot
from registry_service.store.port import Decide, RegistryStore

_log = logging.getLogger(__name__)


class Catalog:
    """Reads from memory, writes through to a store. Belongs to one event loop."""

    def __init__(
        self, store: RegistryStore, snapshot: Snapshot, *, patience_s: float = 20.0
    ) -> None:
        """Begin with the `snapshot` that the store holds; a call has `patience_s` to answer."""
        self._store = store
        self._patience_s = patience_s
        self._unanswered: asyncio.Future[Snapshot] | None = None
        self._snapshot = snapshot
        self._lock = asyncio.Lock()
        self._calls: set[asyncio.Task[Snapshot]] = set()
        self._writable = True
        self._turned = asyncio.Event()

    @property
    def snapshot(self) -> Snapshot:
        """The present state; it never changes, a write puts another in its place."""
        return self._snapshot

    async def change(self, decide: Decide, *, validate_only: bool = False) -> Snapshot:
        """Apply `decide` to the present state and return the next; an error changes nothing.

        Raises:
            StoreUnavailable: the store did not take it, or did not say whether it did.
        """
        if validate_only:
            return imagined(self._snapshot, decide(self._snapshot))
        return await self._call(lambda present: self._store.change(present, decide))

    async def follow(self) -> None:
        """Keep up with what others write, and with the store's going and coming; never return."""
        async with aclosing(self._store.news()) as news:
            async for _ in news:
                await self._refresh()

    async def writable(self) -> AsyncGenerator[bool]:
        """Yield whether the store can be reached, now and at every turn."""
        while True:
            self._turned.clear()
            yield self._writable
            await self._turned.wait()

    async def close(self) -> None:
        """Wait for the last call and release the store."""
        await asyncio.gather(*self._calls, return_exceptions=True)
        await asyncio.to_thread(self._store.close)

    async def _refresh(self) -> None:
        try:
            await self._call(self._store.refresh)
        except StoreUnavailable as error:
            if self._writable:
                _log.warning("reads go on from memory, writes fail: %s", error)
            self._turn(writable=False)
        else:
            if not self._writable:
                _log.info("the store is back")
            self._turn(writable=True)

    def _turn(self, *, writable: bool) -> None:
        if writable is not self._writable:
            self._writable = writable
            self._turned.set()

    async def _call(self, blocking: Callable[[Snapshot], Snapshot]) -> Snapshot:
        # A caller who leaves must not part the memory from the store: the call goes on.
        call = asyncio.create_task(self._in_turn(blocking))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return await asyncio.shield(call)

    async def _in_turn(self, blocking: Callable[[Snapshot], Snapshot]) -> Snapshot:
        async with self._lock:
            if self._unanswered and not self._unanswered.done():
                raise StoreUnavailable("the store has not yet answered an earlier call; try again")
            call = asyncio.ensure_future(asyncio.to_thread(blocking, self._snapshot))
            if not (await asyncio.wait([call], timeout=self._patience_s))[0]:
                # Nobody can stop a thread; it is the only one, and the next refresh sees its work.
                self._unanswered = call
                call.add_done_callback(_forget)
                raise StoreUnavailable(f"the store did not answer for {self._patience_s:g} s")
            self._snapshot = call.result()
            return self._snapshot


def _forget(call: asyncio.Future[Snapshot]) -> None:
    if not call.cancelled():
        call.exception()  # else it would be told as one that nobody looked at
