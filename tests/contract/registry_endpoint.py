"""A registry's login endpoints on loopback: `/v2/` and a token endpoint."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

TOKEN = "token-of-the-registry"
_TLS_HANDSHAKE = b"\x16"  # first byte of a TLS client; it is hung up on


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer over HTTP."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[str, str], Answer]
"""Takes the target of a request and its `authorization`."""


@asynccontextmanager
async def answering(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve `handler` on a free port; yield its `host:port`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        if first == _TLS_HANDSHAKE:
            writer.close()
            return
        request, *headers = (first + await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        sent = {name.lower(): value for name, _, value in (h.partition(": ") for h in headers)}
        answer = handler(request.split()[1], sent.get("authorization", ""))
        head = [f"HTTP/1.1 {answer.status} answer", f"Content-Length: {len(answer.body.encode())}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        writer.write("\r\n".join([*head, "Connection: close", "", answer.body]).encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield "{}:{}".format(*server.sockets[0].getsockname())


def basic_registry(username: str, password: str) -> Handler:
    """Return a registry that asks for Basic authentication."""
    expected = basic(username, password)

    def handle(_target: str, authorization: str) -> Answer:
        if authorization == expected:
            return Answer(status=200)
        body = f'{{"errors": [{{"message": "go away, {authorization}, {password}"}}]}}'
        return Answer(status=401, body=body, headers={"WWW-Authenticate": 'Basic realm="me"'})

    return handle


def bearer_registry(username: str, password: str, realm: str) -> Handler:
    """Return a registry that asks for a token of `realm`, of which it answers `/token` itself."""
    challenge = f'Bearer realm="{realm}",service="me"'
    expected = basic(username, password)

    def handle(target: str, authorization: str) -> Answer:
        if target == "/token?service=me":
            if authorization == expected:
                return Answer(status=200, body=f'{{"access_token": "{TOKEN}"}}')
            return Answer(status=401, body='{"details": "incorrect username or password"}')
        if authorization == f"Bearer {TOKEN}":
            return Answer(status=200)
        return Answer(status=401, headers={"WWW-Authenticate": challenge})

    return handle


def basic(username: str, password: str) -> str:
    """Return the value of `authorization`."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
