"""A registry service on a Unix socket, and a client of it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import (
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistrySettings,
)
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.rpc.addresses import parse_address
from freshet.rpc.connect import Endpoint, open_aio_channel
from freshet.rpc.serve import listening
from freshet.rpc.status import RpcFailure, read_failure
from registry_service.server import registry_service

if TYPE_CHECKING:
    from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceAsyncStub

PASSWORD = "hunter2-hunter2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """A running service."""

    stub: RegistryServiceAsyncStub
    state_directory: Path
    address: str
    """Where it listens."""

    async def create(self, registry_id: str, registry: Registry, request_id: str = "") -> Registry:
        response = await self.stub.CreateRegistry(
            messages.CreateRegistryRequest(
                registry_id=registry_id, registry=registry, request_id=request_id
            )
        )
        return response.registry

    async def get(self, registry_id: str) -> Registry:
        request = messages.GetRegistryRequest(name=f"registries/{registry_id}")
        return (await self.stub.GetRegistry(request)).registry

    async def settings(self) -> RegistrySettings:
        response = await self.stub.GetRegistrySettings(messages.GetRegistrySettingsRequest())
        return response.registry_settings

    async def credentials(self, registry_id: str) -> tuple[str, str, str]:
        """Issue credentials; return domain, user name and password."""
        name = f"registries/{registry_id}"
        request = messages.IssueRegistryCredentialsRequest(name=name)
        issued = (await self.stub.IssueRegistryCredentials(request)).registry_credentials
        return issued.domain, issued.username, issued.password


async def refused(call: Awaitable[object]) -> RpcFailure:
    """Return why a call fails."""
    with pytest.raises(grpc.RpcError) as raised:
        await call
    return read_failure(raised.value)


@asynccontextmanager
async def serving(state_directory: Path, database: str = "") -> AsyncIterator[Harness]:
    with tempfile.TemporaryDirectory(prefix="fr") as short:  # a socket's path must be short
        address = parse_address(f"unix:{short}/s")
        async with (
            registry_service(state_directory, database) as service,
            listening(service, address),
            open_aio_channel(Endpoint(address=address)) as channel,
        ):
            yield Harness(
                stub=RegistryServiceStub(channel),
                state_directory=state_directory,
                address=address.target,
            )


def ghcr(**fields: object) -> Registry:
    """Return a registry with user and password."""
    login = RegistryLogin(password=PasswordLogin(username="ann", password=PASSWORD))
    registry = Registry(provider=Registry.PROVIDER_GHCR, login=login)
    registry.MergeFrom(Registry(**fields))  # type: ignore[arg-type]  # any field of the message
    return registry


def hub() -> Registry:
    """Return Docker Hub, anonymous."""
    return Registry(provider=Registry.PROVIDER_DOCKER_HUB)
