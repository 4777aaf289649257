"""Opening the access tokens and the audit log on a database, for as long as a service runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from freshet.rpc.metrics import Reading
from registry_service.access.audit import AuditLog
from registry_service.access.records import Retention
from registry_service.access.tokens import Tokens
from registry_service.errors import StoreUnavailable
from registry_service.store.access import open_access_store
from registry_service.store.access_port import AccessStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may call, and who did what."""

    tokens: Tokens
    audit: AuditLog
    store: AccessStore

    def readings(self) -> tuple[Reading, ...]:
        """Return what the metrics show of it."""
        return (
            Reading(
                name="freshet_store_available",
                help="1 when the database answers, else 0.",
                read=lambda: float(_answers(self.store)),
            ),
            Reading(
                name="freshet_audit_entries_waiting",
                help="Entries of the audit log that are not stored yet.",
                read=lambda: self.audit.waiting_count,
            ),
            Reading(
                name="freshet_audit_entries_lost",
                help="Entries of the audit log that were lost while the database was away.",
                read=lambda: self.audit.lost_count,
                counter=True,
            ),
        )


@asynccontextmanager
async def opened_access(url: str, retention: Retention) -> AsyncIterator[Access]:
    """Open what the database at `url` holds.

    Raises:
        StoreUnavailable: the database cannot be used.
    """
    store = open_access_store(url)
    tokens, audit = Tokens(store), AuditLog(store, retention)
    # A file belongs to one process; what others write to a server must be followed.
    following = None if url.startswith("sqlite") else asyncio.create_task(tokens.follow())
    try:
        yield Access(tokens=tokens, audit=audit, store=store)
    finally:
        if following:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
        await audit.close()
        await asyncio.to_thread(store.close)


def _answers(store: AccessStore) -> bool:
    try:
        store.entries(None, 1)
    except StoreUnavailable:
        return False
    return True
