"""Puts the registry service together and serves it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import grpc

from freshet.database import sqlite_url
from freshet.registry.v1.access_service_pb2_grpc import add_AccessServiceServicer_to_server
from freshet.registry.v1.registry_service_pb2_grpc import add_RegistryServiceServicer_to_server
from freshet.rpc.addresses import Address
from freshet.rpc.metrics import Reading, metrics_at
from freshet.rpc.serve import Security, Service, serve_until_stopped
from registry_service.access.opening import Access, opened_access
from registry_service.access.records import DEFAULT_RETENTION, Retention
from registry_service.access.servicer import AccessServicer
from registry_service.catalog import Catalog
from registry_service.credentials.issue import Issuer
from registry_service.errors import SealingFailed, StoreUnavailable
from registry_service.faults import DOMAIN, fault_of
from registry_service.sealing import Sealer
from registry_service.sealing_keys import read_keys
from registry_service.servicer import Servicer
from registry_service.snapshot import Snapshot
from registry_service.store.port import RegistryStore
from registry_service.store.sql import open_store

_log = logging.getLogger(__name__)
_FULL_NAME = "freshet.registry.v1.RegistryService"
_ACCESS_NAME = "freshet.registry.v1.AccessService"
DATABASE_NAME = "registry.db"
WRITES = f"{_FULL_NAME}.writes"
"""What health checks ask whether the store can be reached. The service itself stays healthy when
it cannot: all look-ups are answered from memory, and every replica would fail at once."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What the registry service needs to know to start."""

    address: Address
    security: Security
    state_directory: Path
    database: str = ""
    """URL; empty: SQLite in the state directory."""
    metrics: Address | None = None
    """Where Prometheus finds metrics; None: nowhere."""
    retention: Retention = DEFAULT_RETENTION


async def serve(settings: ServerSettings, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT arrives.

    Raises:
        AddressInUse: another process listens there.
        InvalidAddress: an address must not be served as asked.
        InvalidCertificate: the files of the certificate cannot be used.
        StoreUnavailable: the state cannot be read.
    """
    opened = registry_service(settings.state_directory, settings.database, settings.retention)
    async with opened as service:
        with metrics_at(settings.metrics, service.readings) as observers:
            await serve_until_stopped(
                service,
                settings.address,
                settings.security,
                observers=observers,
                on_ready=on_ready,
            )


@asynccontextmanager
async def registry_service(
    state_directory: Path, database: str = "", retention: Retention = DEFAULT_RETENTION
) -> AsyncIterator[Service]:
    """Open the state for as long as the context lasts, and return the service on it.

    Raises:
        StoreUnavailable: the state cannot be read.
    """
    state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealer = _open_sealer(state_directory)
    url = database or sqlite_url(state_directory / DATABASE_NAME)
    store = open_store(url)
    async with (
        opened_access(url, retention) as access,
        service_on(store, sealer, access) as service,
    ):
        yield service


@asynccontextmanager
async def service_on(
    store: RegistryStore, sealer: Sealer, access: Access | None = None
) -> AsyncIterator[Service]:
    """Return the service on a store, which is closed at the end.

    Without `access` it keeps neither tokens nor an audit log.

    Raises:
        StoreUnavailable: the state cannot be read.
    """
    catalog = Catalog(store, _loaded(store))
    issuer = Issuer(sealer, os.environ)
    servicer = Servicer(catalog, sealer, issuer)

    def add_to(server: grpc.aio.Server) -> None:
        add_RegistryServiceServicer_to_server(servicer, server)
        if access:
            accesses = AccessServicer(access.tokens, access.audit)
            add_AccessServiceServicer_to_server(accesses, server)

    async with _kept_current(catalog):
        yield Service(
            domain=DOMAIN,
            full_names=(_FULL_NAME, _ACCESS_NAME) if access else (_FULL_NAME,),
            add_to=add_to,
            fault_table=fault_of,
            find_grant=access.tokens.find_grant if access else None,
            audit=access.audit if access else None,
            readings=_readings(catalog, access),
            conditions={WRITES: catalog.writable},
        )


def _readings(catalog: Catalog, access: Access | None) -> tuple[Reading, ...]:
    registry_count = Reading(
        name="freshet_registries",
        help="Registries there are.",
        read=lambda: len(catalog.snapshot.registries),
    )
    return (registry_count, *(access.readings() if access else ()))


def _loaded(store: RegistryStore) -> Snapshot:
    try:
        loaded = store.load()
    except StoreUnavailable:
        store.close()
        raise
    gc.freeze()  # else each full collection walks all records, for tens of milliseconds
    return loaded


@asynccontextmanager
async def _kept_current(catalog: Catalog) -> AsyncIterator[None]:
    following = asyncio.create_task(catalog.follow())
    following.add_done_callback(_tell_bug)
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await catalog.close()


def _tell_bug(following: asyncio.Task[None]) -> None:
    if not following.cancelled():
        _log.critical("writes of others are not seen any more", exc_info=following.exception())


def _open_sealer(state_directory: Path) -> Sealer:
    sealer = Sealer(lambda: read_keys(state_directory, os.environ))
    try:
        sealer.reload()
    except SealingFailed as error:  # what needs no secret is served; the rest tells this again
        _log.error("secrets can be neither stored nor used: %s", error)
    return sealer
