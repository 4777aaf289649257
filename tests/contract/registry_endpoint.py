"""A registry's endpoints on loopback, as odd as a test wants them."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.certificates import KeyPair

TOKEN = "token-of-the-registry"
_TLS_HANDSHAKE = b"\x16"  # first byte of a TLS client; it is hung up on


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request over HTTP."""

    method: str
    target: str
    """Path and query."""
    authorization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer over HTTP."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Answer]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Endpoint:
    """Where a handler answers, and what it was asked."""

    domain: str
    handler: Handler
    """May be set while it serves: some must know their own domain."""
    requests: list[Request] = field(default_factory=list)


@asynccontextmanager
async def answering(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Endpoint]:
    """Serve `handler` on a free port."""
    endpoint = Endpoint("", handler)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        if first != _TLS_HANDSHAKE:
            head = first + await reader.readuntil(b"\r\n\r\n")
            writer.write(_answered(endpoint, head.decode()))
            await writer.drain()

    async with connected(serve, tls) as endpoint.domain:
        yield endpoint


@asynccontextmanager
async def connected(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Let `serve` have every connection to a free port; yield its `host:port`.

    Whatever it leaves open is closed before the block ends.
    """
    connections: list[asyncio.Task[None]] = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The client may not want to know the rest.
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            try:
                await serve(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.create_task(hold(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls) as server:
        yield "{}:{}".format(*server.sockets[0].getsockname())
    await asyncio.sleep(0)  # what was accepted last has its task then
    await asyncio.gather(*connections)


def _answered(endpoint: Endpoint, head: str) -> bytes:
    first, *headers = head.splitlines()
    sent = {name.lower(): value for name, _, value in (h.partition(": ") for h in headers)}
    method, target, _ = first.split()
    request = Request(method=method, target=target, authorization=sent.get("authorization", ""))
    endpoint.requests.append(request)
    answer = endpoint.handler(request)
    lines = [f"HTTP/1.1 {answer.status} answer", f"Content-Length: {len(answer.body.encode())}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", answer.body]).encode()


def server_tls(pair: KeyPair, folder: Path) -> ssl.SSLContext:
    """Return a server's side of TLS; OpenSSL reads its files from `folder`."""
    pair.write(folder, "server")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    return context


def always(status: int, body: str = "", **headers: str) -> Handler:
    """Return a handler with one answer to everything."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(status=status, body=body, headers=named)
    return lambda _request: answer


FINE = always(200)


def basic_registry(username: str, password: str, then: Handler = FINE) -> Handler:
    """Return a registry that asks for Basic authentication and is then like `then`."""
    expected = basic(username, password)

    def handle(request: Request) -> Answer:
        if request.authorization == expected:
            return then(request)
        body = f'{{"errors": [{{"message": "go away, {request.authorization}, {password}"}}]}}'
        return Answer(status=401, body=body, headers={"WWW-Authenticate": 'Basic realm="me"'})

    return handle


def bearer_registry(username: str, password: str, realm: str, then: Handler = FINE) -> Handler:
    """Return a registry that asks for a token of `realm`, of which it answers `/token` itself."""
    challenge = f'Bearer realm="{realm}",service="me"'
    expected = basic(username, password)

    def handle(request: Request) -> Answer:
        if request.target.startswith("/token?"):
            if request.authorization == expected:
                return Answer(status=200, body=f'{{"access_token": "{TOKEN}"}}')
            return Answer(status=401, body='{"details": "incorrect username or password"}')
        if request.authorization == f"Bearer {TOKEN}":
            return then(request)
        return Answer(status=401, headers={"WWW-Authenticate": challenge})

    return handle


def basic(username: str, password: str) -> str:
    """Return the value of `authorization`."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
