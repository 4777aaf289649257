"""The registry service as gRPC sees it: reads requests, asks the catalog, writes answers."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import Registry as RegistryMessage
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceServicer
from freshet.rpc import pages
from freshet.rpc.names import REGISTRIES
from registry_service import lookups
from registry_service.advice import advice
from registry_service.catalog import Catalog
from registry_service.certificates import expiry_warning
from registry_service.changes import (
    Change,
    existing,
    existing_record,
    with_created,
    with_deleted,
    with_settings,
    with_updated,
)
from registry_service.convert.queries import notice_message
from registry_service.convert.registries import (
    record_message,
    registry_message,
    settings_message,
)
from registry_service.credentials.issue import Issuer
from registry_service.credentials.message import credentials_message
from registry_service.errors import Fault, InvalidRequest
from registry_service.locating import located
from registry_service.registries import Registry
from registry_service.requests import (
    check_count,
    create_draft,
    override_of,
    update_draft,
    updated_settings,
)
from registry_service.sealing import Sealer, changed_secret_count, resealed
from registry_service.snapshot import Snapshot
from registry_service.trials import read_draft, read_path, try_registry

if TYPE_CHECKING:  # takes parameters in its stubs alone
    import grpc

    _Context = grpc.aio.ServicerContext[Any, Any]

_log = logging.getLogger(__name__)
_MAX_BATCH = 100
_MAX_TRIALS = 8
"""How many registries are tried at once; others wait."""


class Servicer(RegistryServiceServicer):
    """Serves `freshet.registry.v1.RegistryService`."""

    def __init__(self, catalog: Catalog, sealer: Sealer, issuer: Issuer) -> None:
        """Answer from `catalog`; keep secrets with `sealer`; let `issuer` log in."""
        self._catalog = catalog
        self._sealer = sealer
        self._issuer = issuer
        self._trials = asyncio.Semaphore(_MAX_TRIALS)

    async def CreateRegistry(
        self, request: messages.CreateRegistryRequest, context: _Context
    ) -> messages.CreateRegistryResponse:
        """Add a registry."""
        draft, now = create_draft(request, self._sealer), datetime.now(UTC)
        draft = replace(draft, registry=await located(draft.registry, self._issuer))
        after = await self._catalog.change(
            lambda before: with_created(before, draft, now), validate_only=request.validate_only
        )
        made = after.made_by(request.request_id) or existing(after, draft.registry.name)
        _warn_of_expiry(made, now)
        warnings = advice(made, request.registry.domain, after)
        return messages.CreateRegistryResponse(
            registry=registry_message(made), warnings=map(notice_message, warnings)
        )

    async def GetRegistry(
        self, request: messages.GetRegistryRequest, context: _Context
    ) -> messages.GetRegistryResponse:
        """Return one registry."""
        return messages.GetRegistryResponse(registry=self._message(request.name))

    async def BatchGetRegistries(
        self, request: messages.BatchGetRegistriesRequest, context: _Context
    ) -> messages.BatchGetRegistriesResponse:
        """Return several registries."""
        check_count("names", request.names, _MAX_BATCH)
        return messages.BatchGetRegistriesResponse(
            registries=[self._message(name) for name in request.names]
        )

    async def ListRegistries(
        self, request: messages.ListRegistriesRequest, context: _Context
    ) -> messages.ListRegistriesResponse:
        """Return a page of registries."""
        size = pages.page_size(request.page_size)
        after = pages.decode_token(request.page_token)
        snapshot = self._catalog.snapshot
        names = list(islice(snapshot.names.after(after), size + 1))
        page = names[:size]
        return messages.ListRegistriesResponse(
            registries=[self._message(name) for name in page],
            next_page_token=pages.encode_token(page[-1]) if len(names) > size else "",
        )

    async def UpdateRegistry(
        self, request: messages.UpdateRegistryRequest, context: _Context
    ) -> messages.UpdateRegistryResponse:
        """Change a registry."""
        name, now = request.registry.name, datetime.now(UTC)
        REGISTRIES.id(name)

        def decide(before: Snapshot) -> Change:
            draft = update_draft(request, existing(before, name), self._sealer)
            return with_updated(before, draft, now)

        after = await self._catalog.change(decide, validate_only=request.validate_only)
        changed = after.registries[name]
        if not request.validate_only:
            self._issuer.forget(name)
        _warn_of_expiry(changed, now)
        warnings = advice(changed, request.registry.domain, after)
        return messages.UpdateRegistryResponse(
            registry=registry_message(changed), warnings=map(notice_message, warnings)
        )

    async def DeleteRegistry(
        self, request: messages.DeleteRegistryRequest, context: _Context
    ) -> messages.DeleteRegistryResponse:
        """Remove a registry and what points at it."""
        REGISTRIES.id(request.name)
        now = datetime.now(UTC)
        await self._catalog.change(
            lambda before: with_deleted(before, request.name, request.etag, now)
        )
        self._issuer.forget(request.name)
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

        def decide(before: Snapshot) -> Change:
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
        return await lookups.resolve_repositories(request, self._catalog.snapshot)

    async def ResolvePulls(
        self, request: messages.ResolvePullsRequest, context: _Context
    ) -> messages.ResolvePullsResponse:
        """Tell how images are pulled."""
        return lookups.resolve_pulls(request, self._catalog.snapshot)

    async def FindPullRegistries(
        self, request: messages.FindPullRegistriesRequest, context: _Context
    ) -> messages.FindPullRegistriesResponse:
        """Tell whose credentials pulls use."""
        return lookups.find_pull_registries(request, self._catalog.snapshot)

    async def IssueRegistryCredentials(
        self, request: messages.IssueRegistryCredentialsRequest, context: _Context
    ) -> messages.IssueRegistryCredentialsResponse:
        """Return what is needed to log in."""
        registry = self._get(request.name)
        override = override_of(request, registry)
        issued = await self._issuer.issue(registry, override, refused=request.refused)
        return messages.IssueRegistryCredentialsResponse(
            registry_credentials=credentials_message(issued, registry, self._sealer)
        )

    async def TestRegistry(
        self, request: messages.TestRegistryRequest, context: _Context
    ) -> messages.TestRegistryResponse:
        """Try a registry."""
        snapshot = self._catalog.snapshot
        match request.WhichOneof("target"):
            case "name":
                registry = self._get(request.name)
            case "draft":
                registry = await read_draft(request.draft, snapshot, self._issuer, self._sealer)
            case None:
                raise InvalidRequest(
                    [Fault("name", "a name or a draft is needed", "FIELD_REQUIRED")]
                )
        path = read_path(request.repository, registry)
        async with self._trials:
            return await try_registry(registry, path, self._issuer, self._sealer)

    async def ResealSecrets(
        self, request: messages.ResealSecretsRequest, context: _Context
    ) -> messages.ResealSecretsResponse:
        """Seal all secrets with the newest key."""
        await asyncio.to_thread(self._sealer.reload)
        counts: list[int] = []

        def decide(before: Snapshot) -> Change:
            written = resealed(before, self._sealer)
            counts.append(changed_secret_count(before, written))
            return Change(written=written)

        await self._catalog.change(decide)
        return messages.ResealSecretsResponse(resealed_count=counts[-1], key_id=self._sealer.key_id)

    def _message(self, name: str) -> RegistryMessage:
        REGISTRIES.id(name)
        return record_message(existing_record(self._catalog.snapshot, name))

    def _get(self, name: str) -> Registry:
        REGISTRIES.id(name)
        return existing(self._catalog.snapshot, name)


def _warn_of_expiry(registry: Registry, now: datetime) -> None:
    if warning := expiry_warning(registry.transport.client_certificate_pem, now):
        _log.warning('registry "%s": %s', registry.id, warning)
