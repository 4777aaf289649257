"""From issued credentials to their message."""

from __future__ import annotations

from freshet.registry.v1.registry_pb2 import RegistryCredentials
from registry_service.convert.registries import timestamp_of, transport_message
from registry_service.credentials import Credentials
from registry_service.registries import Registry, Transport
from registry_service.sealing import Sealer, open_client_key

_PLAIN = Transport()


def credentials_message(
    issued: Credentials, registry: Registry, sealer: Sealer
) -> RegistryCredentials:
    """Return the message of credentials of `registry`; it is never logged.

    Raises:
        SealingFailed: the private key of its client certificate cannot be opened.
    """
    message = RegistryCredentials(
        domain=issued.domain,
        username=issued.username,
        password=issued.password,
        expire_time=timestamp_of(issued.expire_time),
    )
    if registry.transport != _PLAIN:
        message.transport.CopyFrom(transport_message(registry.transport))
        message.transport.client_private_key_pem = open_client_key(registry, sealer)
    return message
