"""An HTTP/2 server on a Unix socket, for tests that bring a peer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from runner_service.daemon.buildkit.http2 import Http2Server
from runner_service.daemon.buildkit.http2_frames import Http2Violation
from runner_service.daemon.buildkit.http2_stream import Stream


class _Connection:
    """What an upgraded connection is, over asyncio's streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, max_bytes: int) -> bytes:
        return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes) -> None:
        self._writer.write(buffer)
        await self._writer.drain()

    async def aclose(self) -> None:
        self._writer.close()


@asynccontextmanager
async def served(
    path: Path, answer: Callable[[Stream], Awaitable[None]]
) -> AsyncIterator[list[str]]:
    """Serve each connection to `path`; give the list of what peers did wrong."""
    wrong: list[str] = []
    serving: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(reader, writer)
        task = asyncio.create_task(Http2Server(connection, answer).serve())
        serving.append(task)
        await asyncio.wait([task])
        if not task.cancelled() and isinstance(error := task.exception(), Http2Violation):
            wrong.append(str(error))
        await connection.aclose()

    async with await asyncio.start_unix_server(serve, path):
        yield wrong
        for task in serving:
            task.cancel()
        if serving:
            await asyncio.wait(serving)
