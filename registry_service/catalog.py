"""The snapshot that all look-ups read, kept current by the writes that pass here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from registry_service.registries import Snapshot
from registry_service.store.port import RegistryStore


class Catalog:
    """Reads from memory, writes through to a store. Belongs to one event loop."""

    def __init__(self, store: RegistryStore, snapshot: Snapshot) -> None:
        """Begin with the `snapshot` that the store holds."""
        self._store = store
        self._snapshot = snapshot
        self._lock = asyncio.Lock()
        self._writes: set[asyncio.Task[Snapshot]] = set()

    @property
    def snapshot(self) -> Snapshot:
        """The present state; it never changes, a write puts another in its place."""
        return self._snapshot

    async def change(
        self, decide: Callable[[Snapshot], Snapshot], *, validate_only: bool = False
    ) -> Snapshot:
        """Apply `decide` to the present state and return the next; an error changes nothing.

        Raises:
            StoreUnavailable: the store did not take it.
        """
        if validate_only:
            return decide(self._snapshot)
        # A caller who leaves must not part the memory from the store: the write goes on.
        write = asyncio.create_task(self._write(decide))
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)
        return await asyncio.shield(write)

    async def close(self) -> None:
        """Wait for the last write and release the store."""
        await asyncio.gather(*self._writes, return_exceptions=True)
        await asyncio.to_thread(self._store.close)

    async def _write(self, decide: Callable[[Snapshot], Snapshot]) -> Snapshot:
        async with self._lock:
            self._snapshot = await asyncio.to_thread(self._store.change, decide)
            return self._snapshot
