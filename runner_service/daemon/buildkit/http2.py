"""The server's side of one HTTP/2 connection, on an event loop; see RFC 9113.

gRPC's own servers take a write, and more than a tenth of a millisecond, for each message; a build
context is told in tens of thousands of them. Here all that waits goes out in one write. What gRPC
does not use (server push, priorities) is left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from os import fsdecode

import hpack

from runner_service.daemon.buildkit.http2_frames import (
    ACK,
    END_HEADERS,
    END_STREAM,
    MAX_PAYLOAD_BYTES,
    PREFACE,
    Frame,
    FrameReader,
    Http2Violation,
    Kind,
    Setting,
    frame,
    frame_head,
    number,
    settings,
    window_update,
)
from runner_service.daemon.buildkit.http2_stream import STEP_BYTES, Headers, Stream
from runner_service.daemon.engine_api import LOST, Connection

_READ_BYTES = 256 * 1024
_TURN_BYTES = 256 * 1024
"""How much of one stream goes out in one write."""
_FIRST_WINDOW_BYTES = 65_535
_MAX_HEADER_BYTES = 256 * 1024


class Http2Server:
    """Answers the requests of one peer, each in a task of its own.

    A task whose request the peer gives up is cancelled.
    """

    def __init__(self, connection: Connection, answer: Callable[[Stream], Awaitable[None]]) -> None:
        """Let `answer` see to each request."""
        self._connection = connection
        self._answer = answer
        self._decoder = hpack.Decoder()
        self._encoder = hpack.Encoder()
        self._partial: Frame | None = None
        """Headers that other frames go on with."""
        self._newest_id = 0
        self._streams: dict[int, Stream] = {}
        """Those whose answers are not all sent."""
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._first_window_bytes = _FIRST_WINDOW_BYTES
        """What the peer takes of each new stream."""
        self._window_bytes = _FIRST_WINDOW_BYTES
        """What the peer takes of all streams together."""
        self._taken_bytes = 0
        self._control = [frame(Kind.SETTINGS, b"")]
        """Frames to send that need no window."""
        self._something_due = asyncio.Event()
        self._something_due.set()

    async def serve(self) -> None:
        """Answer until the peer hangs up or the connection breaks.

        Raises:
            Http2Violation: the peer does not keep to HTTP/2.
        """
        sides = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = [*sides, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for side in sides:
            if not side.cancelled():
                side.result()

    async def _read(self) -> None:
        frames = FrameReader()
        with suppress(*LOST):
            data = await self._preface()
            while True:
                for each in frames.feed(data):
                    self._take(each)
                data = await self._connection.read(_READ_BYTES)
                if not data:
                    return

    async def _preface(self) -> bytes:
        """Read what a connection begins with; return what came after it."""
        data = b""
        while len(data) < len(PREFACE):
            piece = await self._connection.read(_READ_BYTES)
            if not piece:
                return b""
            data += piece
            if not PREFACE.startswith(data[: len(PREFACE)]):
                raise Http2Violation("no beginning of HTTP/2")
        return data[len(PREFACE) :]

    def _take(self, each: Frame) -> None:
        if self._partial and each.kind != Kind.CONTINUATION:
            raise Http2Violation("headers that do not go on")
        match each.kind:
            case Kind.DATA:
                self._take_data(each)
            case Kind.HEADERS:
                self._take_headers(each._replace(payload=each.content))
            case Kind.CONTINUATION:
                self._take_headers(self._continued(each))
            case Kind.RST_STREAM:
                self._give_up(each.stream_id)
            case Kind.SETTINGS if not each.flags & ACK:
                self._adapt(settings(each.payload))
            case Kind.PING if not each.flags & ACK:
                self._send(frame(Kind.PING, each.payload, flags=ACK))
            case Kind.WINDOW_UPDATE:
                self._widen(each.stream_id, number(each.payload))

    def _take_data(self, each: Frame) -> None:
        self._taken_bytes += len(each.payload)
        if self._taken_bytes >= STEP_BYTES:
            # Whether it is read or not: streams have windows of their own, and one of them that
            # nobody reads must not hold up the others.
            self._send(window_update(0, self._taken_bytes))
            self._taken_bytes = 0
        if stream := self._streams.get(each.stream_id):
            stream.heard(each.content, last=bool(each.flags & END_STREAM))

    def _continued(self, each: Frame) -> Frame:
        first = self._partial
        if first is None or first.stream_id != each.stream_id:
            raise Http2Violation("headers that nothing began")
        if len(first.payload) > _MAX_HEADER_BYTES:
            raise Http2Violation("too many headers")
        flags = first.flags | each.flags & END_HEADERS
        return first._replace(flags=flags, payload=first.payload + each.payload)

    def _take_headers(self, each: Frame) -> None:
        self._partial = None if each.flags & END_HEADERS else each
        if self._partial:
            return
        try:
            headers = self._decoder.decode(each.payload, raw=True)
        except hpack.HPACKError as error:
            raise Http2Violation("headers that cannot be read") from error
        last = bool(each.flags & END_STREAM)
        if each.stream_id > self._newest_id:
            self._newest_id = each.stream_id
            self._begin(each.stream_id, [(fsdecode(n), fsdecode(v)) for n, v in headers], last)
        elif stream := self._streams.get(each.stream_id):
            stream.heard(b"", last=last)

    def _begin(self, stream_id: int, headers: Headers, last: bool) -> None:
        stream = Stream(headers, self._first_window_bytes, self._something_due.set)
        stream.heard(b"", last=last)
        self._streams[stream_id] = stream
        task = asyncio.ensure_future(self._answer(stream))
        self._tasks[stream_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(stream_id))

    def _give_up(self, stream_id: int) -> None:
        self._streams.pop(stream_id, None)
        if task := self._tasks.get(stream_id):
            task.cancel()

    def _adapt(self, wanted: dict[int, int]) -> None:
        if (size := wanted.get(Setting.HEADER_TABLE_SIZE)) is not None:
            self._encoder.header_table_size = size
        if (window_bytes := wanted.get(Setting.INITIAL_WINDOW_SIZE)) is not None:
            for stream in self._streams.values():
                stream.window_bytes += window_bytes - self._first_window_bytes
            self._first_window_bytes = window_bytes
        self._send(frame(Kind.SETTINGS, b"", flags=ACK))

    def _widen(self, stream_id: int, byte_count: int) -> None:
        if stream_id == 0:
            self._window_bytes += byte_count
        elif stream := self._streams.get(stream_id):
            stream.window_bytes += byte_count
        self._something_due.set()

    def _send(self, control: bytes) -> None:
        self._control.append(control)
        self._something_due.set()

    async def _write(self) -> None:
        with suppress(*LOST):
            while True:
                await self._something_due.wait()
                self._something_due.clear()
                while due := b"".join(self._take_due()):
                    await self._connection.write(due)

    def _take_due(self) -> Iterator[bytes | memoryview]:
        """Yield what can be written now, a part of each stream in turn."""
        control, self._control = self._control, []
        yield from control
        for stream_id, stream in list(self._streams.items()):
            if leading := stream.take_leading():
                yield self._headers(stream_id, leading)
            data = memoryview(stream.take_unsent(min(_TURN_BYTES, self._window_bytes)))
            self._window_bytes -= len(data)
            for begin in range(0, len(data), MAX_PAYLOAD_BYTES):
                piece = data[begin : begin + MAX_PAYLOAD_BYTES]
                yield frame_head(Kind.DATA, len(piece), stream_id=stream_id)
                yield piece
            if byte_count := stream.let_on():
                yield window_update(stream_id, byte_count)
            if trailing := stream.take_trailing():
                yield self._headers(stream_id, trailing, END_STREAM)
                del self._streams[stream_id]

    def _headers(self, stream_id: int, headers: Headers, flags: int = 0) -> bytes:
        block = self._encoder.encode(headers)
        return frame(Kind.HEADERS, block, flags=flags | END_HEADERS, stream_id=stream_id)
