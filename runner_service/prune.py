"""Drops old events and runs from time to time."""

import asyncio
import logging

from runner_service.clock import Clock
from runner_service.errors import StoreUnavailable
from runner_service.retention import Retention, expired
from runner_service.store.port import RunStore

_log = logging.getLogger(__name__)
_INTERVAL_S = 600.0
_AT_ONCE = 2000
"""Events that are dropped in one transaction: others write in between."""


async def keep_pruned(store: RunStore, retention: Retention, clock: Clock) -> None:
    """Prune now and every ten minutes, until cancelled."""
    while True:
        try:
            await prune(store, retention, clock)
        except StoreUnavailable as error:
            _log.error("old runs wait to be dropped: %s", error)
        await asyncio.sleep(_INTERVAL_S)


async def prune(store: RunStore, retention: Retention, clock: Clock) -> None:
    """Drop what `retention` does not keep.

    Raises:
        StoreUnavailable: the store does not take it.
    """
    ended = await asyncio.to_thread(store.ended)
    gone = expired(ended, retention, clock.now_ns() // 1000)
    for run_id in gone.events:
        while await asyncio.to_thread(store.drop_events, run_id, _AT_ONCE):
            pass
    for run_id in gone.runs:
        await asyncio.to_thread(store.delete, run_id)
    if gone.events or gone.runs:
        _log.info("dropped the events of %d runs and %d runs", len(gone.events), len(gone.runs))
