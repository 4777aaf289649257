"""A registry as it lies in a row: read from the database as it is, understood when asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from google.protobuf.message import DecodeError

from freshet.registry.v1.registry_pb2 import Registry as RegistryMessage
from registry_service.convert.registries import registry_message, registry_of
from registry_service.errors import StoreDamaged
from registry_service.registries import Registry

_UNDERSTOOD_AT_ONCE = 4096
"""Rows whose registries are kept in memory: those that were asked for last."""


class StoredRegistry(NamedTuple):
    """A row, as the store's query of rows has its columns."""

    number: int
    name: str
    domain: str
    primary: bool
    fallback_registry: str
    provider: str
    request_id: str
    message: bytes
    sealed_secret: bytes
    sealed_client_key: bytes

    @property
    def registry(self) -> Registry:
        """What the row says.

        Raises:
            StoreDamaged: it says nothing that can be read.
        """
        return _understood(self)

    def columns(self, revision: int) -> dict[str, object]:
        """Return the values of the table's columns, for a write of this revision."""
        return {
            "number": self.number,
            "name": self.name,
            "request_id": self.request_id or None,
            "registry": self.message,
            "sealed_secret": self.sealed_secret or None,
            "sealed_client_key": self.sealed_client_key or None,
            "domain": self.domain,
            "is_primary": self.primary,
            "fallback_registry": self.fallback_registry,
            "provider": self.provider,
            "revision": revision,
        }

    @classmethod
    def of(cls, registry: Registry, number: int) -> StoredRegistry:
        """Return the row of a registry."""
        return cls(
            number=number,
            name=registry.name,
            domain=registry.domain,
            primary=registry.primary,
            fallback_registry=registry.fallback_registry,
            provider=registry.provider.name,
            request_id=registry.request_id,
            message=registry_message(registry).SerializeToString(),
            sealed_secret=registry.sealed_secret,
            sealed_client_key=registry.sealed_client_key,
        )


@lru_cache(maxsize=_UNDERSTOOD_AT_ONCE)
def _understood(row: StoredRegistry) -> Registry:
    try:
        message = RegistryMessage.FromString(row.message)
        return registry_of(
            message,
            sealed_secret=row.sealed_secret,
            sealed_client_key=row.sealed_client_key,
            request_id=row.request_id,
        )
    except (DecodeError, KeyError) as error:
        raise StoreDamaged(
            f'the stored record of "{row.name}" cannot be read; put a backup of the database in '
            "its place, or delete the registry and add it again"
        ) from error
