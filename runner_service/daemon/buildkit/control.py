"""BuildKit's own API (`moby.buildkit.v1.Control`), through `POST /grpc` of the Docker daemon.

It says what `POST /build` has no words for: caches that are written, several platforms. gRPC's
Python client connects only by address, so it is given a Unix socket of ours, in a folder that
nobody else can enter; each connection to it is carried on to the daemon.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
from google.protobuf.message import Message

from runner_service.daemon.buildkit.relay import Relay
from runner_service.daemon.buildkit.wire_pb2 import (
    Progress,
    SolveRequest,
    SolveResponse,
    StatusRequest,
)
from runner_service.daemon.engine_api import EngineApi, EngineRefusal
from runner_service.daemon.errors import DaemonUnavailable

_SOLVE = "/moby.buildkit.v1.Control/Solve"
_STATUS = "/moby.buildkit.v1.Control/Status"
_SOCKET = "control.sock"
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.default_authority", "localhost"),
    # One connection for each build: it is closed with it.
    ("grpc.use_local_subchannel_pool", 1),
]


class Control:
    """Solves builds on one daemon."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Speak over `channel`."""
        self._solve = channel.unary_unary(
            _SOLVE, SolveRequest.SerializeToString, SolveResponse.FromString
        )
        self._status = channel.unary_stream(
            _STATUS, StatusRequest.SerializeToString, Progress.FromString
        )

    def solve(self, request: SolveRequest) -> "grpc.aio.UnaryUnaryCall[Message, SolveResponse]":
        """Begin a build; the call is cancelled to end it."""
        return self._solve(request)

    def progress(self, ref: str) -> "grpc.aio.UnaryStreamCall[Message, Progress]":
        """Follow the build that was begun with this `ref`."""
        return self._status(StatusRequest(ref=ref))


@asynccontextmanager
async def control(api: EngineApi) -> AsyncIterator[Control]:
    """Give the API, for one build.

    Raises:
        DaemonUnavailable, EngineRefusal: what kept a connection from the daemon.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="freshet-"))
        path = Path(folder) / _SOCKET
        doors = _Doors(api)
        await stack.enter_async_context(doors.open(path))
        channel = grpc.aio.insecure_channel(f"unix:{path}", options=_OPTIONS)
        stack.push_async_callback(channel.close)
        try:
            yield Control(channel)
        except grpc.aio.AioRpcError as error:
            if doors.trouble is not None:
                raise doors.trouble from error
            raise


class _Doors:
    """Connections to a socket, each led to the daemon."""

    def __init__(self, api: EngineApi) -> None:
        self.trouble: DaemonUnavailable | EngineRefusal | None = None
        self._api = api
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self, path: Path) -> AsyncIterator[None]:
        server = await asyncio.start_unix_server(self._let_in, path)
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            async with self._api.upgraded("/grpc", []) as daemon:
                relay = Relay(daemon, reader, writer)
                try:
                    await relay.ended()
                finally:
                    await relay.stop()
        except (DaemonUnavailable, EngineRefusal) as error:
            self.trouble = error
            writer.close()
        finally:
            self._tasks.discard(task)
