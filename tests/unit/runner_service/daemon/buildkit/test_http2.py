"""Bytes that no client of gRPC sends, and bounds that it must keep."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runner_service.daemon.buildkit.http2_frames import (
    END_HEADERS,
    PREFACE,
    FrameReader,
    Kind,
    Setting,
    frame,
    window_update,
)
from runner_service.daemon.buildkit.http2_stream import Stream
from tests.unit.runner_service.daemon.buildkit.served import served

_PATH_ALONE = b"\x84"  # `:path: /`, from HPACK's own table
_PADDED = 0x8


def _settings(name: int, value: int) -> bytes:
    return frame(Kind.SETTINGS, name.to_bytes(2) + value.to_bytes(4))


def _begin(stream_id: int = 1) -> bytes:
    return frame(Kind.HEADERS, _PATH_ALONE, flags=END_HEADERS, stream_id=stream_id)


class _Peer:
    """Writes bytes and reads frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._frames = FrameReader()

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def data(self, byte_count: int) -> bytes:
        """Read that many bytes of data at least."""
        found = b""
        while len(found) < byte_count:
            piece = await asyncio.wait_for(self._reader.read(100_000), 5)
            assert piece, found
            frames = self._frames.feed(piece)
            found += b"".join(each.payload for each in frames if each.kind == Kind.DATA)
        return found

    async def end(self) -> None:
        """Read until the server hangs up."""
        while await asyncio.wait_for(self._reader.read(100_000), 5):
            pass


@asynccontextmanager
async def _talk(answer_bytes: int = 0) -> AsyncIterator[tuple[_Peer, list[str]]]:
    async def answer(stream: Stream) -> None:
        stream.begin([(":status", "200")])
        await stream.send(b"x" * answer_bytes)
        await stream.receive()

    with tempfile.TemporaryDirectory(prefix="freshet-") as folder:
        path = Path(folder, "s")
        async with served(path, answer) as wrong:
            reader, writer = await asyncio.open_unix_connection(path)
            yield _Peer(reader, writer), wrong
            writer.close()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        PREFACE + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
        PREFACE + frame(Kind.SETTINGS, b"12345"),
        PREFACE + _settings(Setting.INITIAL_WINDOW_SIZE, 2**31),
        PREFACE + frame(Kind.WINDOW_UPDATE, b"1"),
        PREFACE + frame(Kind.HEADERS, b"\xff" * 30, flags=END_HEADERS, stream_id=1),
        PREFACE + frame(Kind.HEADERS, b"", stream_id=1) + _begin(3),
        PREFACE + frame(Kind.CONTINUATION, b"", stream_id=1),
        PREFACE
        + frame(Kind.HEADERS, b"", stream_id=1)
        + frame(Kind.CONTINUATION, b"x" * 16_000, stream_id=1) * 20,
        PREFACE + _begin() + frame(Kind.DATA, b"\x09ab", flags=_PADDED, stream_id=1),
    ],
    ids=[
        "other protocol",
        "large frame",
        "half a setting",
        "large window",
        "half a number",
        "headers",
        "headers cut short",
        "continuation",
        "endless headers",
        "padding",
    ],
)
async def test_violation_ends_the_connection(data: bytes) -> None:
    async with _talk() as (peer, wrong):
        peer.send(data)

        await peer.end()

        assert len(wrong) == 1


async def test_frames_may_come_byte_by_byte_with_padding_and_unknown_ones_between() -> None:
    heard = asyncio.Queue[bytes]()

    async def answer(stream: Stream) -> None:
        while data := await stream.receive():
            heard.put_nowait(data)

    priority = frame(Kind.HEADERS, bytes(5) + b"\x84", flags=END_HEADERS | 0x20, stream_id=1)
    padded = frame(Kind.DATA, b"\x03yes\0\0\0", flags=_PADDED, stream_id=1)
    unknown = b"\x00\x00\x01\xbb\x00\x00\x00\x00\x01?"
    with tempfile.TemporaryDirectory(prefix="freshet-") as folder:
        path = Path(folder, "s")
        async with served(path, answer) as wrong:
            _, writer = await asyncio.open_unix_connection(path)
            for byte in PREFACE + unknown + priority + padded:
                writer.write(bytes([byte]))
                await writer.drain()

            assert await asyncio.wait_for(heard.get(), 5) == b"yes"
            writer.close()

    assert wrong == []


async def test_no_more_is_sent_than_the_peer_takes() -> None:
    async with _talk(answer_bytes=100_000) as (peer, _):
        peer.send(PREFACE + _settings(Setting.INITIAL_WINDOW_SIZE, 1000) + _begin())
        assert await peer.data(1000) == b"x" * 1000

        peer.send(window_update(1, 500))
        assert await peer.data(500) == b"x" * 500

        # A smaller window takes back what was granted before it is used.
        peer.send(_settings(Setting.INITIAL_WINDOW_SIZE, 0) + window_update(1, 1001))
        assert await peer.data(1) == b"x"

        peer.send(window_update(1, 2**20))
        assert len(await peer.data(60_000)) == 65_535 - 1501

        peer.send(window_update(0, 10))
        assert await peer.data(10) == b"x" * 10


async def test_peer_that_goes_on_is_let_on() -> None:
    received = 0
    everything = asyncio.Event()

    async def answer(stream: Stream) -> None:
        nonlocal received
        while received < 1_000_000:
            received += len(await stream.receive())
        everything.set()

    with tempfile.TemporaryDirectory(prefix="freshet-") as folder:
        path = Path(folder, "s")
        async with served(path, answer):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(PREFACE + _begin())
            frames, windows = FrameReader(), {0: 65_535, 1: 65_535}
            sent = 0
            while sent < 1_000_000:
                if min(windows.values()) >= 10_000:
                    writer.write(frame(Kind.DATA, b"x" * 10_000, stream_id=1))
                    windows = {stream: size - 10_000 for stream, size in windows.items()}
                    sent += 10_000
                    continue
                for each in frames.feed(await asyncio.wait_for(reader.read(1000), 5)):
                    if each.kind == Kind.WINDOW_UPDATE:
                        windows[each.stream_id] += int.from_bytes(each.payload)

            await asyncio.wait_for(everything.wait(), 5)
            writer.close()
