"""A BuildKit session: while a build runs, the daemon asks its client for files and secrets.

The daemon reaches us through a connection that we open and that then carries gRPC the other way
round (`POST /session`). gRPC's Python server accepts connections only by listening, so each build
has a server on a Unix socket of its own, in a folder nobody else can enter.
"""

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from runner_service.daemon.buildkit.relay import Relay
from runner_service.daemon.engine_api import Connection, EngineApi

Services = Mapping[str, Mapping[str, "grpc.RpcMethodHandler[Any, Any]"]]
"""What is served: by service, by method."""

_NO_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_SOCKET = "session.sock"


@asynccontextmanager
async def session(api: EngineApi, services: Services, shared_key: str) -> AsyncIterator[str]:
    """Serve a daemon; give the id by which a build names the session.

    Sessions with the same `shared_key` send only what has changed since the last one.

    Raises:
        DaemonError: the daemon does not want a session.
    """
    session_id = uuid.uuid4().hex
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="freshet-"))
        path = str(Path(folder) / _SOCKET)
        await stack.enter_async_context(_serving(services, path))
        headers = _headers(session_id, services, shared_key)
        daemon = await stack.enter_async_context(api.upgraded("/session", headers))
        await stack.enter_async_context(_joined(daemon, path))
        yield session_id


def _headers(session_id: str, services: Services, shared_key: str) -> list[tuple[str, str]]:
    methods = [f"/{name}/{method}" for name, methods in services.items() for method in methods]
    return [
        ("X-Docker-Expose-Session-Uuid", session_id),
        ("X-Docker-Expose-Session-Name", "freshet"),
        ("X-Docker-Expose-Session-Sharedkey", shared_key),
        *(("X-Docker-Expose-Session-Grpc-Method", method) for method in methods),
    ]


@asynccontextmanager
async def _serving(services: Services, path: str) -> AsyncIterator[None]:
    server = grpc.aio.server(options=_NO_LIMIT)
    server.add_generic_rpc_handlers(
        [
            grpc.method_handlers_generic_handler(name, dict(methods))
            for name, methods in services.items()
        ]
    )
    server.add_insecure_port(f"unix:{path}")
    await server.start()
    try:
        yield
    finally:
        await server.stop(grace=None)


@asynccontextmanager
async def _joined(daemon: Connection, path: str) -> AsyncIterator[None]:
    """Carry bytes between the daemon and the server at `path`."""
    relay = Relay(daemon, *await asyncio.open_unix_connection(path))
    try:
        yield
    finally:
        await relay.stop()
