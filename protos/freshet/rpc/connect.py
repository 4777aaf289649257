"""Connecting to a service."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc

from freshet.rpc.addresses import OPTIONS, Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A service as a client reaches it."""

    address: Address
    authority: Path | None = None
    """PEM certificates that the server's is verified with; None: those of the system."""
    token: str | None = None
    """Sent with every call; over TCP with TLS alone."""
    insecure: bool = False
    """Plain text; for a loopback address."""

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"Endpoint({self.address.target})"


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
    if endpoint.address.socket_path or endpoint.insecure:
        return None
    authority = endpoint.authority.read_bytes() if endpoint.authority else None
    transport = grpc.ssl_channel_credentials(authority)
    if endpoint.token is None:
        return transport
    call = grpc.access_token_call_credentials(endpoint.token)
    return grpc.composite_channel_credentials(transport, call)


def _options(endpoint: Endpoint) -> Sequence[tuple[str, int | str]]:
    if endpoint.address.socket_path:
        # The path of a socket is no valid `:authority`, which other implementations refuse.
        return (*OPTIONS, ("grpc.default_authority", "localhost"))
    return OPTIONS
