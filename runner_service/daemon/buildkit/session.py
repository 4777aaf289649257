"""A BuildKit session: while a build runs, the daemon asks its client for files and secrets.

The daemon reaches us through a connection that we open and that then carries gRPC the other way
round (`POST /session`).
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runner_service.daemon.buildkit.calls import Services, answering
from runner_service.daemon.buildkit.http2 import Http2Server
from runner_service.daemon.buildkit.http2_frames import Http2Violation
from runner_service.daemon.engine_api import Connection, EngineApi

_log = logging.getLogger(__name__)


@asynccontextmanager
async def session(api: EngineApi, services: Services, shared_key: str) -> AsyncIterator[str]:
    """Serve a daemon; give the id by which a build names the session.

    Sessions with the same `shared_key` send only what has changed since the last one.

    Raises:
        DaemonError: the daemon does not want a session.
    """
    session_id = uuid.uuid4().hex
    headers = _headers(session_id, services, shared_key)
    async with api.upgraded("/session", headers) as daemon:
        serving = asyncio.create_task(_serve(daemon, services))
        try:
            yield session_id
        finally:
            serving.cancel()
            await asyncio.wait([serving])


def _headers(session_id: str, services: Services, shared_key: str) -> list[tuple[str, str]]:
    methods = [f"/{name}/{method}" for name, methods in services.items() for method in methods]
    return [
        ("X-Docker-Expose-Session-Uuid", session_id),
        ("X-Docker-Expose-Session-Name", "freshet"),
        ("X-Docker-Expose-Session-Sharedkey", shared_key),
        *(("X-Docker-Expose-Session-Grpc-Method", method) for method in methods),
    ]


async def _serve(daemon: Connection, services: Services) -> None:
    # A session that ends early needs no word of its own: the build that it serves ends with one.
    try:
        await Http2Server(daemon, answering(services)).serve()
    except Http2Violation as error:
        _log.warning("the session of a build ends: the daemon sends %s", error)
    finally:
        await daemon.aclose()
