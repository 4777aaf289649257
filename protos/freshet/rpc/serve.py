"""Serving: listens, answers health checks and reflection, stops gracefully.

A Unix socket is open to its owner alone (mode 0600), who is an admin. TCP needs TLS, and every
caller a token or a certificate, unless `insecure` is said for a loopback address.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from freshet.access.v1.access_pb2 import Role
from freshet.rpc.access import FindGrant, Grant, Method, read_methods
from freshet.rpc.addresses import OPTIONS, Address, InvalidAddress
from freshet.rpc.callers import Identities, identify_at
from freshet.rpc.calls import Audit, CallRules, Observer, guarded
from freshet.rpc.certificates import CertificateFiles, ServerCertificate
from freshet.rpc.metrics import Reading
from freshet.rpc.status import FaultTable

STOP_GRACE_S = 5.0
"""How long calls in flight may go on after the stop."""
_REFLECTION = {"ServerReflectionInfo": Method(name="ServerReflectionInfo", role=Role.ROLE_READER)}


class AddressInUse(Exception):
    """Another process listens at the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """How a TCP address is protected. Not used for a Unix socket."""

    certificate_files: CertificateFiles | None = None
    identities: Identities = field(default_factory=Identities)
    insecure: bool = False
    """Plain text, and every caller is an admin; for a loopback address alone."""


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
    find_grant: FindGrant | None = None
    """Tells what tokens stand for; None: the service keeps no tokens."""
    audit: Audit | None = None
    readings: tuple[Reading, ...] = ()
    """What the metrics show of the service besides its calls."""
    conditions: Mapping[str, Callable[[], AsyncGenerator[bool]]] = field(default_factory=dict)
    """What health checks can ask for beside the services, and streams that tell whether it holds
    now and at every turn. The services themselves are healthy as long as they answer."""


@asynccontextmanager
async def listening(
    service: Service,
    address: Address,
    security: Security = Security(),
    observers: Sequence[Observer] = (),
) -> AsyncIterator[grpc.aio.Server]:
    """Serve while the context is open; then refuse new calls and wait for those in flight.

    Raises:
        InvalidAddress: TCP without protection, and not allowed to be insecure.
        InvalidCertificate: the files of the certificate cannot be used.
        AddressInUse: somebody listens there already.
    """
    server = grpc.aio.server(options=[*OPTIONS, ("grpc.so_reuseport", 0)])
    rules = CallRules(
        domain=service.domain,
        fault_table=service.fault_table,
        identify=identify_at(
            address,
            security.identities,
            service.find_grant or _no_grant,
            insecure=security.insecure,
        ),
        observers=observers,
        audit=service.audit,
    )
    _add_guarded(server, service, rules)
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)  # open to everybody who connects
    _bind(server, address, security, keeps_tokens=service.find_grant is not None)
    await server.start()
    for name in ("", *service.full_names):
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    watches = [
        asyncio.create_task(_watch(name, tell, checks)) for name, tell in service.conditions.items()
    ]
    try:
        yield server
    finally:
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)
        await checks.enter_graceful_shutdown()
        await server.stop(STOP_GRACE_S)
        if address.socket_path:
            address.socket_path.unlink(missing_ok=True)


def _add_guarded(server: grpc.aio.Server, service: Service, rules: CallRules) -> None:
    """Register the servicers and reflection, each method with what happens around its calls."""
    registered = _Registered()
    # Generated code wants a server, of which it only calls the two methods that there are.
    stand_in = cast("grpc.aio.Server", registered)
    service.add_to(stand_in)
    names = (*service.full_names, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]  # it has no types
        reflection.aio.ReflectionServicer(names), stand_in
    )
    for name, handlers in registered.handlers.items():
        methods = _REFLECTION if name == reflection.SERVICE_NAME else read_methods(name)
        handler = grpc.method_handlers_generic_handler(name, guarded(handlers, methods, rules))
        server.add_generic_rpc_handlers((handler,))


class _Registered:
    """Notes what servicers register."""

    def __init__(self) -> None:
        self.handlers: dict[str, Mapping[str, grpc.RpcMethodHandler[Any, Any]]] = {}

    def add_generic_rpc_handlers(self, _handlers: object) -> None:
        """Ignore the second form of what the other method notes."""

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        """Note the handlers of a service."""
        self.handlers[service_name] = method_handlers


def _no_grant(secret: str) -> Grant | None:
    return None


async def serve_until_stopped(
    service: Service,
    address: Address,
    security: Security = Security(),
    *,
    observers: Sequence[Observer] = (),
    on_ready: Callable[[], None] = lambda: None,
    before_stop: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT arrives; `on_ready` is called once calls are answered."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with listening(service, address, security, observers):
        on_ready()
        await stopped.wait()
        if before_stop:
            await before_stop()


async def _watch(
    name: str, tell: Callable[[], AsyncGenerator[bool]], checks: health.aio.HealthServicer
) -> None:
    states = health_pb2.HealthCheckResponse
    async with aclosing(tell()) as turns:
        async for holds in turns:
            await checks.set(name, states.SERVING if holds else states.NOT_SERVING)


def _bind(
    server: grpc.aio.Server, address: Address, security: Security, *, keeps_tokens: bool
) -> None:
    if path := address.socket_path:
        _bind_socket(server, address, path)
        return
    if security.insecure:
        if not address.loopback:
            raise InvalidAddress(
                f'"{address.target}" can be reached from other machines; give a certificate, a '
                "private key and a token instead of being insecure"
            )
        _bind_port(server.add_insecure_port, address)
        return
    files = security.certificate_files
    if not files or not (keeps_tokens or security.identities.token or files.client_authority):
        raise InvalidAddress(
            f'"{address.target}" needs a certificate, a private key and a token; or say insecure '
            "for a loopback address, or use a Unix socket"
        )
    credentials = ServerCertificate(files).credentials()
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
