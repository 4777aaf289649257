"""Puts the registry service together and serves it."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from freshet.database import sqlite_url
from freshet.registry.v1.registry_service_pb2_grpc import add_RegistryServiceServicer_to_server
from freshet.rpc.addresses import Address
from freshet.rpc.serve import Security, Service, serve_until_stopped
from registry_service.catalog import Catalog
from registry_service.credentials.issue import Issuer
from registry_service.errors import SealingFailed
from registry_service.faults import DOMAIN, fault_of
from registry_service.sealing import Sealer
from registry_service.sealing_keys import read_keys
from registry_service.servicer import Servicer
from registry_service.store.sql import open_store

_log = logging.getLogger(__name__)
_FULL_NAME = "freshet.registry.v1.RegistryService"
DATABASE_NAME = "registry.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What the registry service needs to know to start."""

    address: Address
    security: Security
    state_directory: Path


async def serve(settings: ServerSettings, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT arrives.

    Raises:
        AddressInUse: another process listens there.
        InvalidAddress: the address must not be served as asked.
        StoreUnavailable: the state cannot be read.
    """
    async with registry_service(settings.state_directory) as service:
        await serve_until_stopped(service, settings.address, settings.security, on_ready=on_ready)


@asynccontextmanager
async def registry_service(state_directory: Path) -> AsyncIterator[Service]:
    """Open the state for as long as the context lasts, and return the service on it.

    Raises:
        StoreUnavailable: the state cannot be read.
    """
    state_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealer = _open_sealer(state_directory)
    store = open_store(sqlite_url(state_directory / DATABASE_NAME))
    catalog = Catalog(store, store.load())
    issuer = Issuer(sealer, os.environ)
    servicer = Servicer(catalog, sealer, issuer)

    def add_to(server: grpc.aio.Server) -> None:
        add_RegistryServiceServicer_to_server(servicer, server)

    try:
        yield Service(domain=DOMAIN, full_names=(_FULL_NAME,), add_to=add_to, fault_table=fault_of)
    finally:
        await issuer.close()
        await catalog.close()


def _open_sealer(state_directory: Path) -> Sealer:
    sealer = Sealer(lambda: read_keys(state_directory, os.environ))
    try:
        sealer.reload()
    except SealingFailed as error:  # what needs no secret is served; the rest tells this again
        _log.error("secrets can be neither stored nor used: %s", error)
    return sealer
