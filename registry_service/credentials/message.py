"""From issued credentials to their message."""

from __future__ import annotations

from freshet.registry.v1.registry_pb2 import RegistryCredentials
from registry_service.convert.registries import timestamp_of
from registry_service.credentials import Credentials


def credentials_message(issued: Credentials) -> RegistryCredentials:
    """Return the message of credentials; it is never logged."""
    return RegistryCredentials(
        domain=issued.domain,
        username=issued.username,
        password=issued.password,
        expire_time=timestamp_of(issued.expire_time),
    )
