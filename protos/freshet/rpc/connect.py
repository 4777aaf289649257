"""Connecting to a service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from freshet.rpc.addresses import OPTIONS, Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A service as a client reaches it.

    A loopback address for which nothing else is given is spoken to in plain text, every other TCP
    address over TLS.
    """

    address: Address
    authority: Path | None = None
    """PEM certificates that the server's is verified with; None: those of the system."""
    token: str | None = field(default=None, repr=False)
    """Sent with every call; over TLS alone."""
    certificate: Path | None = None
    """PEM certificate of the client, where the server wants one."""
    private_key: Path | None = None
    """PEM private key of `certificate`."""

    @property
    def secure(self) -> bool:
        """Whether it is spoken to over TLS."""
        if self.address.socket_path:
            return False
        given = self.authority or self.token or self.certificate
        return given is not None or not self.address.loopback


def open_channel(endpoint: Endpoint) -> grpc.Channel:
    """Return a channel for synchronous stubs. It connects at the first call."""
    target, options = endpoint.address.target, _options(endpoint)
    credentials = _credentials(endpoint)
    if credentials:
        return grpc.secure_channel(target, credentials, options)
    return grpc.insecure_channel(target, options)


def open_aio_channel(endpoint: Endpoint) -> grpc.aio.Channel:
    """Return a channel for asynchronous stubs. It connects at the first call."""
    target, options = endpoint.address.target, _options(endpoint)
    credentials = _credentials(endpoint)
    if credentials:
        return grpc.aio.secure_channel(target, credentials, options)
    return grpc.aio.insecure_channel(target, options)


def _credentials(endpoint: Endpoint) -> grpc.ChannelCredentials | None:
    if not endpoint.secure:
        return None
    authority, key, certificate = (
        path.read_bytes() if path else None
        for path in (endpoint.authority, endpoint.private_key, endpoint.certificate)
    )
    transport = grpc.ssl_channel_credentials(authority, key, certificate)
    if endpoint.token is None:
        return transport
    call = grpc.access_token_call_credentials(endpoint.token)
    return grpc.composite_channel_credentials(transport, call)


def _options(endpoint: Endpoint) -> Sequence[tuple[str, int | str]]:
    if endpoint.address.socket_path:
        # The path of a socket is no valid `:authority`, which other implementations refuse.
        return (*OPTIONS, ("grpc.default_authority", "localhost"))
    return OPTIONS
