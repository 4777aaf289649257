"""What tests of protected addresses share: certificates, a free port, a service of all methods."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default as default_pool

from freshet.registry.v1 import access_service_pb2, image_service_pb2, registry_service_pb2
from freshet.rpc.access import FindGrant
from freshet.rpc.addresses import Address, parse_address
from freshet.rpc.calls import Audit
from freshet.rpc.certificates import CertificateFiles
from freshet.rpc.serve import Service
from freshet.runner.v1 import runner_service_pb2
from tests.engine.certificates import Authority

SERVICES = tuple(
    service.full_name
    for module in (registry_service_pb2, access_service_pb2, image_service_pb2, runner_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
)
"""Full names of all services of the contract."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An authority, and what it signs, in a folder."""

    folder: Path
    authority: Authority = field(default_factory=lambda: Authority.new("tests"))

    def server(self, *, mutual: bool = False) -> CertificateFiles:
        self.authority.issue("localhost", "127.0.0.1").write(self.folder, "server")
        self.authority.pair().write(self.folder, "authority")
        return CertificateFiles(
            certificate=self.folder / "server.crt",
            private_key=self.folder / "server.key",
            client_authority=self.folder / "authority.crt" if mutual else None,
        )

    def channel(self, address: Address, client: str = "") -> grpc.aio.Channel:
        """Return a channel to a server of this authority, with a certificate for `client`."""
        pair = self.authority.issue(client) if client else None
        credentials = grpc.ssl_channel_credentials(
            self.authority.pair().certificate,
            pair.key if pair else None,
            pair.certificate if pair else None,
        )
        return grpc.aio.secure_channel(address.target, credentials)


def free_address() -> Address:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return parse_address(f"127.0.0.1:{free.getsockname()[1]}")


def every_method(find_grant: FindGrant, audit: Audit | None = None) -> Service:
    """Return a service that answers every method of the contract with nothing."""
    return Service(
        domain="tests.freshet",
        full_names=SERVICES,
        add_to=_add_all,
        fault_table=lambda _error: None,
        find_grant=find_grant,
        audit=audit,
    )


async def call(channel: grpc.aio.Channel, path: str, *metadata: tuple[str, str]) -> bytes:
    """Call a method, given as `/service/Method`, with an empty request; return the first answer."""
    _, service, name = path.split("/")
    method = default_pool().FindMethodByName(f"{service}.{name}")
    kinds = [
        "stream" if streaming else "unary"
        for streaming in (method.client_streaming, method.server_streaming)
    ]
    request: object = iter([b""]) if method.client_streaming else b""
    started = getattr(channel, "_".join(kinds))(path)(request, metadata=metadata, timeout=20)
    answer: bytes = await (started.read() if method.server_streaming else started)
    return answer


def _add_all(server: grpc.aio.Server) -> None:
    for name in SERVICES:
        methods = default_pool().FindServiceByName(name).methods
        server.add_registered_method_handlers(
            name, {method.name: _handler(method) for method in methods}
        )


def _handler(method: MethodDescriptor) -> grpc.RpcMethodHandler[bytes, bytes]:
    if method.client_streaming:
        return grpc.stream_unary_rpc_method_handler(_answer)
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(_answer_twice)
    return grpc.unary_unary_rpc_method_handler(_answer)


async def _answer(_request: object, _context: object) -> bytes:
    return b""


async def _answer_twice(_request: object, _context: object) -> AsyncIterator[bytes]:
    yield b""
    yield b""
