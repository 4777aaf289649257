"""The catalog beside a store that does not answer, and callers who leave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from freshet.database import sqlite_url
from registry_service.catalog import Catalog
from registry_service.errors import StoreUnavailable
from registry_service.snapshot import Snapshot
from registry_service.store.port import Decide, RegistryStore
from registry_service.store.sql import open_store
from tests.contract.stores import creating


@dataclass(frozen=True, slots=True)
class GatedStore:
    """A store that answers only while its gate is open."""

    store: RegistryStore
    gate: threading.Event = field(default_factory=threading.Event)

    def load(self) -> Snapshot:
        """Return what is stored."""
        return self.store.load()

    def refresh(self, present: Snapshot) -> Snapshot:
        """Return what is stored."""
        self.gate.wait()
        return self.store.refresh(present)

    def change(self, present: Snapshot, decide: Decide) -> Snapshot:
        """Make a change."""
        self.gate.wait()
        return self.store.change(present, decide)

    async def news(self) -> AsyncGenerator[None]:
        """Tell once that something may have changed."""
        yield

    def close(self) -> None:
        """Release the database."""
        self.store.close()


@pytest.fixture
async def gated(tmp_path: Path) -> AsyncIterator[GatedStore]:
    store = GatedStore(open_store(sqlite_url(tmp_path / "registry.db")))
    yield store
    store.gate.set()


async def test_store_that_does_not_answer_is_unavailable_and_its_work_seen_later(
    gated: GatedStore,
) -> None:
    catalog = Catalog(gated, gated.load(), patience_s=0.05)

    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="answer"):
            await catalog.change(creating("one"))
    assert not catalog.snapshot.registries
    gated.gate.set()
    while "registries/one" not in catalog.snapshot.registries:
        await catalog.follow()  # these news end at once

    assert list((await catalog.change(creating("two"))).names) == [
        "registries/one",
        "registries/two",
    ]
    await catalog.close()


async def test_write_of_a_caller_who_leaves_is_made(gated: GatedStore) -> None:
    catalog = Catalog(gated, gated.load())
    call = asyncio.create_task(catalog.change(creating("one")))
    await asyncio.sleep(0)  # the call begins

    call.cancel()
    gated.gate.set()
    await catalog.change(creating("two"))

    assert list(catalog.snapshot.names) == ["registries/one", "registries/two"]
    await catalog.close()


async def test_turns_of_the_store_are_told(gated: GatedStore) -> None:
    catalog = Catalog(gated, gated.load(), patience_s=0.05)
    turns = catalog.writable()

    seen = [await anext(turns)]
    await catalog.follow()
    seen.append(await anext(turns))
    gated.gate.set()
    back = asyncio.ensure_future(anext(turns))
    while not back.done():
        await catalog.follow()

    assert [*seen, back.result()] == [True, False, True]
    await turns.aclose()
    await catalog.close()
