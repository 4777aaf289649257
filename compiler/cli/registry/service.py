"""What the actions ask of the registry service, and how its refusals are told."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from compiler.cli.clients import CALL_LIMIT_S, registry_stub
from compiler.cli.exits import FINDINGS, CommandError
from compiler.cli.registry.facts import tell
from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import Registry, RegistrySettings
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.registry.v1.repository_pb2 import ResolutionNotice
from freshet.rpc.names import REGISTRIES, REGISTRY_SETTINGS
from freshet.rpc.status import read_failure

_PAGE_SIZE = 1000
_OPTIONS = {
    "registry_id": "NAME",
    "provider": "--provider",
    "domain": "--domain",
    "repository_prefix": "--prefix",
    "fallback_registry": "--fallback",
    "login.password.username": "--username",
    "login.password.password": "--secret-from",
    "login.ecr.region": "--region",
    "login.ecr.access_key_id": "--access-key-id",
    "login.ecr.secret_access_key": "--secret-from",
    "login.google.keyfile_json": "--keyfile",
    "login.azure.client_id": "--client-id",
    "login.azure.client_secret": "--secret-from",
    "login.helper.helper": "--helper",
    "login.environment.username_variable": "--service-username-env",
    "login.environment.password_variable": "--service-password-env",
    "transport.ca_certificates_pem": "--ca",
    "transport.client_certificate_pem": "--client-certificate",
    "transport.client_private_key_pem": "--client-key",
}
"""The options that say what the fields of a registry are."""


class RegistryClient:
    """The registry service, without the ceremony of messages."""

    def __init__(self, stub: RegistryServiceStub) -> None:
        self._stub = stub

    def all(self) -> Sequence[Registry]:
        """Return the registries, by name."""
        registries: list[Registry] = []
        request = messages.ListRegistriesRequest(page_size=_PAGE_SIZE)
        while True:
            page = self._stub.ListRegistries(request, timeout=CALL_LIMIT_S)
            registries += page.registries
            if not page.next_page_token:
                return registries
            request.page_token = page.next_page_token

    def get(self, registry_id: str) -> Registry:
        """Return one registry."""
        request = messages.GetRegistryRequest(name=REGISTRIES.name(registry_id))
        return self._stub.GetRegistry(request, timeout=CALL_LIMIT_S).registry

    def create(
        self, registry_id: str, registry: Registry, *, validate_only: bool = False
    ) -> Registry:
        """Add a registry, or only have it checked; tell what to look at."""
        request = messages.CreateRegistryRequest(
            registry_id=registry_id,
            registry=registry,
            request_id=str(uuid.uuid4()),
            validate_only=validate_only,
        )
        made = self._stub.CreateRegistry(request, timeout=CALL_LIMIT_S)
        if not validate_only:
            _tell_warnings(made.warnings)
        return made.registry

    def update(
        self, registry: Registry, paths: Sequence[str], *, validate_only: bool = False
    ) -> Registry:
        """Change the fields `paths`, or only have that checked; tell what to look at.

        The etag must fit when it is given.
        """
        request = messages.UpdateRegistryRequest(
            registry=registry, update_mask=FieldMask(paths=paths), validate_only=validate_only
        )
        changed = self._stub.UpdateRegistry(request, timeout=CALL_LIMIT_S)
        if not validate_only:
            _tell_warnings(changed.warnings)
        return changed.registry

    def delete(self, registry: Registry) -> None:
        """Remove a registry, as long as it is as it was read."""
        request = messages.DeleteRegistryRequest(name=registry.name, etag=registry.etag)
        self._stub.DeleteRegistry(request, timeout=CALL_LIMIT_S)

    def settings(self) -> RegistrySettings:
        """Return the settings."""
        request = messages.GetRegistrySettingsRequest()
        return self._stub.GetRegistrySettings(request, timeout=CALL_LIMIT_S).registry_settings

    def update_settings(
        self, settings: RegistrySettings, paths: Sequence[str], *, validate_only: bool = False
    ) -> RegistrySettings:
        """Change the fields `paths` of the settings, or only have that checked."""
        request = messages.UpdateRegistrySettingsRequest(
            registry_settings=settings,
            update_mask=FieldMask(paths=paths),
            validate_only=validate_only,
        )
        return self._stub.UpdateRegistrySettings(request, timeout=CALL_LIMIT_S).registry_settings

    def assign(self, role_field: str, registry: str) -> RegistrySettings:
        """Give a role of the settings to the registry of a resource name; empty: to none."""
        settings = RegistrySettings(name=REGISTRY_SETTINGS)
        setattr(settings, role_field, registry)
        return self.update_settings(settings, [role_field])

    def test(
        self, target: Registry | str, repository: str = ""
    ) -> Sequence[messages.RegistryCheck]:
        """Try a draft, or the registry of a name."""
        request = messages.TestRegistryRequest(repository=repository)
        if isinstance(target, str):
            request.name = REGISTRIES.name(target)
        else:
            request.draft.CopyFrom(target)
        return self._stub.TestRegistry(request, timeout=CALL_LIMIT_S).checks


@contextmanager
def registry_client() -> Iterator[RegistryClient]:
    """Open a client; failed calls become `CommandError`."""
    with registry_stub() as stub:
        yield RegistryClient(stub)


@contextmanager
def refusals_by_option() -> Iterator[None]:
    """Name options, not fields, where the service refuses what options said."""
    try:
        yield
    except grpc.RpcError as error:
        violations = read_failure(error).violations
        if not violations:
            raise
        told = [f"{_named(field, _OPTIONS)}: {message}" for field, message in violations]
        raise CommandError(FINDINGS, "; ".join(told)) from error


def _tell_warnings(warnings: Iterable[ResolutionNotice]) -> None:
    for warning in warnings:
        tell(f"warning: {warning.message}; {warning.help}")


def _named(field: str, names: Mapping[str, str]) -> str:
    field = field.removeprefix("draft.").removeprefix("registry.")
    return names.get(field, field)
