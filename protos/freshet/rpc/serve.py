"""Serving: listens, answers health checks and reflection, stops gracefully.

A Unix socket is open to its owner alone (mode 0600). TCP needs TLS and a token, unless
`insecure` is said for a loopback address.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from freshet.rpc.addresses import OPTIONS, Address, InvalidAddress
from freshet.rpc.status import FaultInterceptor, FaultTable

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")
STOP_GRACE_S = 5.0
"""How long calls in flight may go on after the stop."""


class AddressInUse(Exception):
    """Another process listens at the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """How a TCP address is protected. Not used for a Unix socket."""

    certificate: Path | None = None
    """PEM chain of the server."""
    private_key: Path | None = None
    client_authority: Path | None = None
    """PEM authorities that clients must have a certificate of: mutual TLS."""
    token: str | None = None
    """What callers send as `authorization: Bearer <token>`."""
    insecure: bool = False
    """Plain text and no token; for a loopback address alone."""

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"Security(certificate={self.certificate}, insecure={self.insecure})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is served."""

    domain: str
    """Who answers, for example `runner.freshet`."""
    full_names: tuple[str, ...]
    """Full names of the gRPC services, for health and reflection."""
    add_to: Callable[[grpc.aio.Server], None]
    """Registers the servicers."""
    fault_table: FaultTable


@asynccontextmanager
async def listening(
    service: Service, address: Address, security: Security = Security()
) -> AsyncIterator[grpc.aio.Server]:
    """Serve while the context is open; then refuse new calls and wait for those in flight.

    Raises:
        InvalidAddress: TCP without TLS and token, and not allowed to be insecure.
        AddressInUse: somebody listens there already.
    """
    interceptors: list[grpc.aio.ServerInterceptor] = [
        FaultInterceptor(service.domain, service.fault_table)
    ]
    if security.token and address.socket_path is None:
        interceptors.insert(0, _TokenInterceptor(security.token))
    server = grpc.aio.server(
        interceptors=interceptors, options=[*OPTIONS, ("grpc.so_reuseport", 0)]
    )
    service.add_to(server)
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    reflection.enable_server_reflection(
        (*service.full_names, health.SERVICE_NAME, reflection.SERVICE_NAME), server
    )
    _bind(server, address, security)
    await server.start()
    for name in ("", *service.full_names):
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    try:
        yield server
    finally:
        await checks.enter_graceful_shutdown()
        await server.stop(STOP_GRACE_S)
        if address.socket_path:
            address.socket_path.unlink(missing_ok=True)


async def serve_until_stopped(
    service: Service,
    address: Address,
    security: Security = Security(),
    *,
    on_ready: Callable[[], None] = lambda: None,
    before_stop: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT arrives; `on_ready` is called once calls are answered."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with listening(service, address, security):
        on_ready()
        await stopped.wait()
        if before_stop:
            await before_stop()


def _bind(server: grpc.aio.Server, address: Address, security: Security) -> None:
    if path := address.socket_path:
        _bind_socket(server, address, path)
        return
    if security.insecure:
        if not address.loopback:
            raise InvalidAddress(
                f'"{address.target}" can be reached from other machines; give a certificate, a '
                "private key and a token, or listen at a loopback address"
            )
        _bind_port(server.add_insecure_port, address)
        return
    if not (security.certificate and security.private_key and security.token):
        raise InvalidAddress(
            f'"{address.target}" needs a certificate, a private key and a token; or say insecure '
            "for a loopback address, or use a Unix socket"
        )
    authority = security.client_authority
    credentials = grpc.ssl_server_credentials(
        [(security.private_key.read_bytes(), security.certificate.read_bytes())],
        root_certificates=authority.read_bytes() if authority else None,
        require_client_auth=authority is not None,
    )
    _bind_port(lambda target: server.add_secure_port(target, credentials), address)


def _bind_socket(server: grpc.aio.Server, address: Address, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _somebody_listens(path):
        raise AddressInUse(f'another process listens at "{path}"')
    path.unlink(missing_ok=True)
    mask = os.umask(0o177)  # the socket is made with mode 0600, never wider for a moment
    try:
        _bind_port(server.add_insecure_port, address)
    finally:
        os.umask(mask)


def _bind_port(add: Callable[[str], int], address: Address) -> None:
    try:
        add(address.target)
    except RuntimeError as error:
        raise AddressInUse(f'cannot listen at "{address.target}": {error}') from error


def _somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        probe.connect(str(path))
        return True
    return False


class _TokenInterceptor(grpc.aio.ServerInterceptor):
    """Refuses calls without the token."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails],
            Awaitable[grpc.RpcMethodHandler[_Request, _Response] | None],
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[_Request, _Response] | None:
        metadata = dict(handler_call_details.invocation_metadata or ())
        given = metadata.get("authorization", "")
        given_bytes = given if isinstance(given, bytes) else given.encode()
        if hmac.compare_digest(given_bytes, self._expected):
            return await continuation(handler_call_details)
        return grpc.unary_unary_rpc_method_handler(_refuse)


async def _refuse(_request: object, context: grpc.aio.ServicerContext[Any, Any]) -> None:
    await context.abort(grpc.StatusCode.UNAUTHENTICATED, "a bearer token is needed")
