"""Connections for httpcore, by asyncio's own streams.

httpcore's way leads through anyio, whose Unix sockets complain in the log when a reading task is
cancelled at the moment data comes.
"""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

import httpcore

_BUFFER_BYTES = 256 * 1024


class AsyncioNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections."""

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a Unix socket; there are no socket options."""
        with _raising(httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                return _Stream(*await asyncio.open_unix_connection(path, limit=_BUFFER_BYTES))

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host; there are no socket options."""
        with _raising(httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                return _Stream(*await self.open(host, port))

    async def open(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a TCP connection; what leads elsewhere says so here."""
        return await asyncio.open_connection(host, port, limit=_BUFFER_BYTES)


class _Stream(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _raising(httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _raising(httpcore.WriteError):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> Self:
        with _raising(httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        return self

    async def aclose(self) -> None:
        # At once, whatever is still to be written: that is what tells the daemon to stop.
        self._writer.transport.abort()
        with suppress(OSError):
            await self._writer.wait_closed()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - what it is depends on `info`
        if info == "is_readable":  # of an idle connection: has the daemon closed it?
            return self._reader.at_eof()
        return self._writer.get_extra_info(info)


@contextmanager
def _raising(kind: type[httpcore.NetworkError]) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # time-outs and TLS too
        raise kind(str(error)) from error
