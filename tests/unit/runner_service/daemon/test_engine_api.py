"""Answers of a daemon, as bytes from a socket."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpcore
import pytest

from runner_service.daemon import DaemonUnavailable
from runner_service.daemon.address import Address
from runner_service.daemon.engine_api import LOST, EngineApi, EngineRefusal, Message

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_OK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@asynccontextmanager
async def _daemon(path: Path, answer: Answer) -> AsyncIterator[EngineApi]:
    """Run a daemon that reads one request's head and answers it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await answer(reader, writer)
        writer.close()
        await writer.wait_closed()

    socket = str(path / "d.sock")
    server = await asyncio.start_unix_server(serve, socket)
    api = EngineApi(Address(docker_host=f"unix://{socket}", socket=socket))
    try:
        yield api
    finally:
        await api.close()
        server.close()
        await server.wait_closed()


async def _heard(path: Path, *pieces: bytes) -> list[Message]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    async with _daemon(path, answer) as api, api.messages("/build", []) as messages:
        return [message async for message in messages]


async def test_messages_may_be_cut_anywhere(tmp_path: Path) -> None:
    pieces = [_chunk(b'{"a":1}\r\n{"b'), _chunk(b'":2}\n\n'), _chunk(b'{"c":3}'), _chunk(b"")]

    messages = await _heard(tmp_path, _OK, *pieces)

    assert messages == [{"a": 1}, {"b": 2}, {"c": 3}]


async def test_error_in_the_stream_is_raised(tmp_path: Path) -> None:
    with pytest.raises(EngineRefusal) as refusal:
        await _heard(tmp_path, _OK, _chunk(b'{"a":1}\n{"error":"boom"}\n'), _chunk(b""))

    assert (refusal.value.status, refusal.value.words) == (None, "boom")


async def test_nonsense_in_the_stream_is_raised(tmp_path: Path) -> None:
    with pytest.raises(EngineRefusal, match="no JSON"):
        await _heard(tmp_path, _OK, _chunk(b"<html>\n"), _chunk(b""))


@pytest.mark.parametrize("body", [b'{"message":"boom"}', b"boom\n"])
async def test_error_instead_of_a_stream_is_raised(tmp_path: Path, body: bytes) -> None:
    head = f"HTTP/1.1 500 Internal Server Error\r\nContent-Length: {len(body)}\r\n\r\n"

    with pytest.raises(EngineRefusal) as refusal:
        await _heard(tmp_path, head.encode(), body)

    assert (refusal.value.status, refusal.value.words) == (500, "boom")


async def test_stream_that_breaks_off_means_a_lost_daemon(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnavailable, match="still running"):
        await _heard(tmp_path, _OK, _chunk(b'{"a":1}\n'))


async def test_pings_share_a_connection(tmp_path: Path) -> None:
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: it\r\n\r\nOK")
            with suppress(asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")

    async with _daemon(tmp_path, answer) as api:
        answers = [await api.ping(), await api.ping()]

    assert [each["server"] for each in answers] == ["it", "it"]
    assert connections == 1


async def test_daemon_that_says_nothing_is_lost(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnavailable):
        await _heard(tmp_path)


async def test_refused_upgrade_is_told(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with _daemon(tmp_path, answer) as api:
        with pytest.raises(EngineRefusal, match="upgrade"):
            async with api.upgraded("/session", []):
                pass


async def test_upgraded_connection_carries_bytes_both_ways(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nfirst")
        writer.write(b"you said " + await reader.readexactly(5))

    async with _daemon(tmp_path, answer) as api, api.upgraded("/session", []) as connection:
        await connection.write(b"hello")
        heard = b""
        while piece := await connection.read(100):
            heard += piece

    assert heard == b"firstyou said hello"


@pytest.mark.parametrize("answered", [False, True], ids=["before the answer", "in the answer"])
async def test_cancelled_call_closes_its_connection(tmp_path: Path, answered: bool) -> None:
    waiting, closed = asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answered:
            writer.write(_OK + _chunk(b'{"a":1}\n'))
        waiting.set()
        with suppress(ConnectionResetError):  # closed with our answer unread
            await reader.read()
        closed.set()

    async def call(api: EngineApi) -> None:
        async with api.messages("/build", []) as messages:
            async for _ in messages:
                pass

    async with _daemon(tmp_path, answer) as api:
        task = asyncio.create_task(call(api))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(closed.wait(), 5)


def test_no_failure_of_a_connection_is_left() -> None:
    # Misuse of httpcore, and proxies: nothing a daemon can cause.
    misuse = {httpcore.ConnectionNotAvailable, httpcore.ProxyError, httpcore.UnsupportedProtocol}
    kinds = [
        thing
        for _, thing in inspect.getmembers(httpcore, inspect.isclass)
        if issubclass(thing, Exception) and thing not in misuse
    ]

    assert kinds
    assert all(issubclass(kind, LOST) for kind in kinds)
