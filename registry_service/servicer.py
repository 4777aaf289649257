"""The registry service as gRPC sees it: reads requests, asks the catalog, writes answers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import RegistryCredentials
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceServicer
from freshet.rpc import pages
from freshet.rpc.names import REGISTRIES
from registry_service.catalog import Catalog
from registry_service.changes import (
    existing,
    made_by,
    with_created,
    with_deleted,
    with_settings,
    with_updated,
)
from registry_service.convert.queries import pull_message, query_of, resolution_message
from registry_service.convert.registries import registry_message, settings_message
from registry_service.credentials import Credentials
from registry_service.credentials.static import static_credentials
from registry_service.errors import InvalidRequest
from registry_service.pulling import find_pull_registries
from registry_service.registries import Provider, Registry, Snapshot
from registry_service.requests import check_count, create_draft, update_draft, updated_settings
from registry_service.resolution import resolve
from registry_service.sealing import Sealer
from registry_service.verify import Outcome, not_asked, verify_login

if TYPE_CHECKING:  # takes parameters in its stubs alone
    import grpc

    _Context = grpc.aio.ServicerContext[Any, Any]

_MAX_BATCH = 100
_MAX_DOMAINS = 1000
_MAX_QUERIES = 10_000
_OUTCOMES = {
    each: getattr(messages.VerifyRegistryLoginResponse, f"OUTCOME_{each.name}") for each in Outcome
}


class Servicer(RegistryServiceServicer):
    """Serves `freshet.registry.v1.RegistryService`."""

    def __init__(self, catalog: Catalog, sealer: Sealer) -> None:
        """Answer from `catalog`; keep secrets with `sealer`."""
        self._catalog = catalog
        self._sealer = sealer

    async def CreateRegistry(
        self, request: messages.CreateRegistryRequest, context: _Context
    ) -> messages.CreateRegistryResponse:
        """Add a registry."""
        draft, now = create_draft(request, self._sealer), datetime.now(UTC)
        after = await self._catalog.change(
            lambda before: with_created(before, draft, now), validate_only=request.validate_only
        )
        made = made_by(request.request_id, after) or existing(after, draft.registry.name)
        return messages.CreateRegistryResponse(registry=registry_message(made))

    async def GetRegistry(
        self, request: messages.GetRegistryRequest, context: _Context
    ) -> messages.GetRegistryResponse:
        """Return one registry."""
        return messages.GetRegistryResponse(registry=registry_message(self._get(request.name)))

    async def BatchGetRegistries(
        self, request: messages.BatchGetRegistriesRequest, context: _Context
    ) -> messages.BatchGetRegistriesResponse:
        """Return several registries."""
        check_count("names", request.names, _MAX_BATCH)
        found = [self._get(name) for name in request.names]
        return messages.BatchGetRegistriesResponse(
            registries=[registry_message(registry) for registry in found]
        )

    async def ListRegistries(
        self, request: messages.ListRegistriesRequest, context: _Context
    ) -> messages.ListRegistriesResponse:
        """Return a page of registries."""
        size = pages.page_size(request.page_size)
        after = pages.decode_token(request.page_token)
        registries = self._catalog.snapshot.registries
        names = sorted(name for name in registries if name > after)
        page = names[:size]
        return messages.ListRegistriesResponse(
            registries=[registry_message(registries[name]) for name in page],
            next_page_token=pages.encode_token(page[-1]) if len(names) > size else "",
        )

    async def UpdateRegistry(
        self, request: messages.UpdateRegistryRequest, context: _Context
    ) -> messages.UpdateRegistryResponse:
        """Change a registry."""
        name, now = request.registry.name, datetime.now(UTC)
        REGISTRIES.id(name)

        def decide(before: Snapshot) -> Snapshot:
            draft = update_draft(request, existing(before, name), self._sealer)
            return with_updated(before, draft, now)

        after = await self._catalog.change(decide, validate_only=request.validate_only)
        return messages.UpdateRegistryResponse(registry=registry_message(after.registries[name]))

    async def DeleteRegistry(
        self, request: messages.DeleteRegistryRequest, context: _Context
    ) -> messages.DeleteRegistryResponse:
        """Remove a registry and what points at it."""
        REGISTRIES.id(request.name)
        now = datetime.now(UTC)
        await self._catalog.change(
            lambda before: with_deleted(before, request.name, request.etag, now)
        )
        return messages.DeleteRegistryResponse()

    async def GetRegistrySettings(
        self, request: messages.GetRegistrySettingsRequest, context: _Context
    ) -> messages.GetRegistrySettingsResponse:
        """Return the settings."""
        present = self._catalog.snapshot.settings
        return messages.GetRegistrySettingsResponse(registry_settings=settings_message(present))

    async def UpdateRegistrySettings(
        self, request: messages.UpdateRegistrySettingsRequest, context: _Context
    ) -> messages.UpdateRegistrySettingsResponse:
        """Change the settings."""
        now = datetime.now(UTC)

        def decide(before: Snapshot) -> Snapshot:
            wanted = updated_settings(
                request.registry_settings, request.update_mask, before.settings
            )
            return with_settings(before, wanted, now)

        after = await self._catalog.change(decide, validate_only=request.validate_only)
        return messages.UpdateRegistrySettingsResponse(
            registry_settings=settings_message(after.settings)
        )

    async def ResolveRepositories(
        self, request: messages.ResolveRepositoriesRequest, context: _Context
    ) -> messages.ResolveRepositoriesResponse:
        """Tell where steps push."""
        check_count("queries", request.queries, _MAX_QUERIES)
        queries = [(number, query_of(query)) for number, query in enumerate(request.queries)]
        faults = [
            (f"queries[{number}].purpose", "expected build, push or pull")
            for number, query in queries
            if query is None
        ]
        if faults:
            raise InvalidRequest(faults)
        snapshot = self._catalog.snapshot
        good = [query for _, query in queries if query]
        # Thousands of questions, each with a search for like names, would hold up other callers.
        answers = await asyncio.to_thread(lambda: [resolve(query, snapshot) for query in good])
        return messages.ResolveRepositoriesResponse(
            resolutions=[resolution_message(answer) for answer in answers]
        )

    async def FindPullRegistries(
        self, request: messages.FindPullRegistriesRequest, context: _Context
    ) -> messages.FindPullRegistriesResponse:
        """Tell whose credentials pulls use."""
        check_count("domains", request.domains, _MAX_DOMAINS)
        choices = find_pull_registries(
            request.domains, request.registry_contexts, self._catalog.snapshot
        )
        return messages.FindPullRegistriesResponse(
            pull_registries=[pull_message(choice) for choice in choices]
        )

    async def IssueRegistryCredentials(
        self, request: messages.IssueRegistryCredentialsRequest, context: _Context
    ) -> messages.IssueRegistryCredentialsResponse:
        """Return what is needed to log in."""
        registry = self._get(request.name)
        if request.HasField("aws_override") and registry.provider is not Provider.ECR:
            raise InvalidRequest([("aws_override", "it is for registries of Amazon ECR alone")])
        issued = self._credentials(registry)
        return messages.IssueRegistryCredentialsResponse(
            registry_credentials=RegistryCredentials(
                domain=issued.domain, username=issued.username, password=issued.password
            )
        )

    async def VerifyRegistryLogin(
        self, request: messages.VerifyRegistryLoginRequest, context: _Context
    ) -> messages.VerifyRegistryLoginResponse:
        """Log in now."""
        registry = self._get(request.name)
        if registry.behind_firewall:
            verification = not_asked(registry)
        else:
            credentials = self._credentials(registry)
            verification = await verify_login(credentials, registry.transport)
        return messages.VerifyRegistryLoginResponse(
            outcome=_OUTCOMES[verification.outcome], message=verification.message
        )

    def _get(self, name: str) -> Registry:
        REGISTRIES.id(name)
        return existing(self._catalog.snapshot, name)

    def _credentials(self, registry: Registry) -> Credentials:
        sealed = registry.sealed_secret
        secret = self._sealer.open(sealed, registry.name) if sealed else ""
        return static_credentials(registry, secret)
