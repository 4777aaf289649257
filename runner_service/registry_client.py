"""Asks the registry service over gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import grpc

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import AwsOverride
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.registry.v1.repository_pb2 import RepositoryQuery, RepositoryResolution
from freshet.rpc.connect import Endpoint, open_aio_channel
from freshet.rpc.status import read_failure
from runner_service.registries import Login, PullChoice, RegistriesError

if TYPE_CHECKING:  # a class of the stubs alone
    from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceAsyncStub

_TIMEOUT_S = 30.0
"""Longest wait for an answer; an exchange of tokens may ask a cloud."""


class RegistryClient:
    """Answers of a registry service."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Ask the service at `endpoint`."""
        self._target = endpoint.address.target
        self._channel = open_aio_channel(endpoint)
        self._stub: RegistryServiceAsyncStub = RegistryServiceStub(self._channel)

    async def resolve(self, query: RepositoryQuery) -> RepositoryResolution:
        """Return where a step pushes."""
        try:
            response = await self._stub.ResolveRepositories(
                messages.ResolveRepositoriesRequest(queries=[query]), timeout=_TIMEOUT_S
            )
        except grpc.RpcError as error:
            raise self._translate(error) from error
        return response.resolutions[0]

    async def issue_credentials(
        self, registry: str, *, aws: AwsOverride | None = None, refused: bool = False
    ) -> Login:
        """Return a login of `registries/{registry}`."""
        request = messages.IssueRegistryCredentialsRequest(
            name=registry, aws_override=aws, refused=refused
        )
        try:
            response = await self._stub.IssueRegistryCredentials(request, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            raise self._translate(error) from error
        issued = response.registry_credentials
        return Login(
            domain=issued.domain,
            username=issued.username,
            password=issued.password,
            transport=issued.transport,
            client_key=issued.transport.client_private_key_pem,
        )

    async def pull_choice(
        self, domain: str, contexts: Sequence[str], repository: str = ""
    ) -> PullChoice:
        """Return whose login a pull uses."""
        if repository:
            return await self._login_of_image(f"{domain}/{repository}", contexts)
        request = messages.FindPullRegistriesRequest(domains=[domain], registry_contexts=contexts)
        try:
            response = await self._stub.FindPullRegistries(request, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            raise self._translate(error) from error
        found = response.pull_registries[0]
        return PullChoice(registry=found.registry, by_repository=found.by_repository)

    async def _login_of_image(self, image: str, contexts: Sequence[str]) -> PullChoice:
        request = messages.ResolvePullsRequest(images=[image], registry_contexts=contexts)
        try:
            response = await self._stub.ResolvePulls(request, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            raise self._translate(error) from error
        found = response.resolutions[0]
        if found.WhichOneof("result") == "fault":
            raise RegistriesError(found.fault.reason, found.fault.message)
        return PullChoice(registry=found.plan.registry, by_repository=True)

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()

    def _translate(self, error: grpc.RpcError) -> RegistriesError:
        failure = read_failure(error)
        if failure.code is grpc.StatusCode.UNAVAILABLE and not failure.reason:
            return RegistriesError(
                "REGISTRY_SERVICE_UNAVAILABLE",
                f'the registry service at "{self._target}" cannot be reached',
            )
        return RegistriesError(failure.reason or failure.code.name, failure.message)
