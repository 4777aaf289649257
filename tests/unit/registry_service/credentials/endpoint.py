"""A provider on loopback: answers requests over HTTP as a test says."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request."""

    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]
    """By name in lower case."""


Reply = tuple[int, str] | None
"""Status and body; None: none at all, until the client leaves."""


@asynccontextmanager
async def provider(
    reply: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve `reply` on a free port; yield its `host:port`."""
    served: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = reply(await _read(reader))
            if answer is None:
                await reader.read()
            else:
                writer.write(_written(*answer))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield "{}:{}".format(*server.sockets[0].getsockname())
    for task in served:
        task.cancel()
    await asyncio.gather(*served, return_exceptions=True)


@contextmanager
def closed_port() -> Iterator[str]:
    """Hold a port at which nobody listens; yield its `host:port`."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield "{}:{}".format(*held.getsockname())


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    request, *lines = head.strip().splitlines()
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
    target = urlsplit(request.split()[1])
    return Asked(path=target.path, query=_flat(target.query), form=_flat(body), headers=headers)


def _flat(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}


def _written(status: int, body: str) -> bytes:
    head = f"HTTP/1.1 {status} answer\r\nContent-Length: {len(body.encode())}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()
