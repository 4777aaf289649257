"""The part of the Engine API that takes its time: streamed answers and upgraded connections.

docker-py has neither BuildKit nor a way to give up a request whose answer has not begun; and long
calls on its threads would let short ones wait. Here, to leave a call closes its connection, and
that is how a daemon learns to stop.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol
from urllib.parse import urlencode

import httpcore

from runner_service.daemon.address import Address
from runner_service.daemon.network import AsyncioNetwork

Message = dict[str, Any]
"""One JSON object of a stream."""
Headers = Sequence[tuple[str, str]]
Query = Sequence[tuple[str, str]]
_CONNECT_TIMEOUT_S = 10.0
_IDLE_S = 30.0
_PING_S = 30.0
_SWITCHED = 101

LOST = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)
"""What httpcore raises when the daemon is not there, or stops speaking sense."""


class EngineRefusal(Exception):
    """The daemon answered with an error; every operation has its own name for it."""

    def __init__(self, status: int | None, words: str) -> None:
        self.status = status
        """HTTP status; None: the error stood in the stream."""
        self.words = words
        super().__init__(words)


class Connection(Protocol):
    """An upgraded connection: bytes in both directions."""

    async def read(self, max_bytes: int) -> bytes:
        """Return some bytes, or none at the end."""

    async def write(self, buffer: bytes) -> None:
        """Send bytes."""

    async def aclose(self) -> None:
        """Close it at once."""


class EngineApi:
    """Speaks HTTP to one daemon, from one event loop.

    Every method raises `DaemonUnavailable`, and `EngineRefusal` if the daemon says no.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._pool = httpcore.AsyncConnectionPool(
            uds=address.socket,
            ssl_context=address.tls(),
            max_connections=None,
            keepalive_expiry=_IDLE_S,
            network_backend=AsyncioNetwork(),
        )

    @asynccontextmanager
    async def messages(
        self,
        path: str,
        query: Query,
        headers: Headers = (),
        body: AsyncIterator[bytes] | None = None,
    ) -> AsyncIterator[AsyncIterator[Message]]:
        """Post a request; give its answer as it comes. What reading `body` raises comes back."""
        target = f"{path}?{urlencode(query)}"
        async with self._exchange("POST", target, headers, body) as response:
            yield _messages(response)

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Get something large; give it piece by piece."""
        async with self._exchange("GET", path, ()) as response:
            yield response.aiter_stream()

    @asynccontextmanager
    async def upgraded(self, path: str, headers: Headers) -> AsyncIterator[Connection]:
        """Post a request for another protocol (HTTP 101); lend its connection."""
        wanted = [("Connection", "Upgrade"), ("Upgrade", "h2c"), *headers]
        async with self._exchange("POST", path, wanted) as response:
            if response.status != _SWITCHED:
                raise EngineRefusal(response.status, "it does not upgrade connections")
            yield response.extensions["network_stream"]

    async def ping(self) -> dict[str, str]:
        """Return the headers by which the daemon tells what it is, names in lower case."""
        async with self._exchange("GET", "/_ping", (), idle_s=_PING_S) as response:
            await response.aread()  # only then is the connection good for more
            return {
                name.decode("ascii", "replace").lower(): value.decode("latin-1")
                for name, value in response.headers
            }

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    @asynccontextmanager
    async def _exchange(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: AsyncIterator[bytes] | None = None,
        idle_s: float | None = None,
    ) -> AsyncIterator[httpcore.Response]:
        with self._translated():
            async with self._pool.stream(
                method,
                self._address.url + target,
                headers=[(name.encode(), value.encode()) for name, value in headers],
                content=body,
                extensions={"timeout": {"connect": _CONNECT_TIMEOUT_S, "read": idle_s}},
            ) as response:
                if response.status >= 400:
                    raise EngineRefusal(response.status, _words(await response.aread()))
                yield response

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except LOST as error:
            raise self._address.unavailable(error) from error


async def _messages(response: httpcore.Response) -> AsyncIterator[Message]:
    """Yield what the daemon says; an error in the stream is raised as if it had come at once."""
    rest = b""
    async for piece in response.aiter_stream():
        *lines, rest = (rest + piece).split(b"\n")
        for line in filter(None, map(bytes.strip, lines)):
            yield _message(line)
    if rest.strip():
        yield _message(rest)


def _message(line: bytes) -> Message:
    try:
        message: Message = json.loads(line)
    except ValueError as error:
        raise EngineRefusal(None, f"it said {line[:80]!r}, which is no JSON") from error
    if "error" in message:
        raise EngineRefusal(None, message["error"])
    return message


def _words(body: bytes) -> str:
    """Return the words of an error, which older paths of the API give as plain text."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()
