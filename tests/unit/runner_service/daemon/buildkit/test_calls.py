"""Calls of a real gRPC client, answered on a connection of our own."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from runner_service.daemon.buildkit.calls import Call, Services, answering
from tests.unit.runner_service.daemon.buildkit.served import served

_BIG = 3_000_000


@pytest.fixture
def socket() -> Iterator[Path]:
    # Sockets have short paths; those of pytest are long.
    with tempfile.TemporaryDirectory(prefix="freshet-") as folder:
        yield Path(folder, "s")


def _same(data: bytes) -> bytes:
    return data


def _services(**handlers: "grpc.RpcMethodHandler[Any, Any]") -> Services:
    return {"test.Service": handlers}


@asynccontextmanager
async def _client(
    socket: Path, services: Services, *options: tuple[str, int]
) -> AsyncIterator[grpc.aio.Channel]:
    async with (
        served(socket, answering(services)) as wrong,
        grpc.aio.insecure_channel(f"unix:{socket}", options=options) as channel,
    ):
        yield channel
    assert wrong == []


async def _echo(request: bytes, call: Call) -> bytes:
    return request


@pytest.mark.parametrize("size_bytes", [0, 1, 16_384, 70_000, _BIG])
async def test_unary_call_is_answered(socket: Path, size_bytes: int) -> None:
    handler = grpc.unary_unary_rpc_method_handler(_echo, _same, _same)
    async with _client(socket, _services(Echo=handler)) as channel:
        answer = await channel.unary_unary("/test.Service/Echo", _same, _same)(b"x" * size_bytes)

    assert answer == b"x" * size_bytes


async def test_many_calls_at_once_are_kept_apart(socket: Path) -> None:
    handler = grpc.unary_unary_rpc_method_handler(_echo, _same, _same)
    async with _client(socket, _services(Echo=handler)) as channel:
        echo = channel.unary_unary("/test.Service/Echo", _same, _same)
        sent = [bytes([number]) * 50_000 for number in range(100)]

        answers = await asyncio.gather(*(echo(data) for data in sent))

    assert answers == sent


async def test_messages_of_streams_come_whole_and_in_order(socket: Path) -> None:
    async def count(requests: AsyncIterator[bytes], call: Call) -> AsyncIterator[bytes]:
        async for request in requests:
            for number in range(int(request)):
                yield b"%d" % number
            yield b"x" * 1_000_000

    handler = grpc.stream_stream_rpc_method_handler(count, _same, _same)
    async with _client(socket, _services(Count=handler)) as channel:
        asked = iter([b"5000", b"3"])
        answers = [
            part async for part in channel.stream_stream("/test.Service/Count", _same, _same)(asked)
        ]

    assert answers == [
        *(b"%d" % number for number in range(5000)),
        b"x" * 1_000_000,
        *(b"0", b"1", b"2"),
        b"x" * 1_000_000,
    ]


async def test_many_requests_are_heard_in_order(socket: Path) -> None:
    async def join(requests: AsyncIterator[bytes], call: Call) -> bytes:
        return b"".join([request async for request in requests])

    handler = grpc.stream_unary_rpc_method_handler(join, _same, _same)
    async with _client(socket, _services(Join=handler)) as channel:
        sent = [b"%d " % number * 200 for number in range(2000)]

        answer = await channel.stream_unary("/test.Service/Join", _same, _same)(iter(sent))

    assert answer == b"".join(sent)


async def test_sender_waits_for_a_reader_that_does_not_read(socket: Path) -> None:
    sent_bytes = 0

    async def flood(request: bytes, call: Call) -> AsyncIterator[bytes]:
        nonlocal sent_bytes
        for _ in range(100):
            sent_bytes += 1_000_000
            yield b"x" * 1_000_000

    handler = grpc.unary_stream_rpc_method_handler(flood, _same, _same)
    async with _client(socket, _services(Flood=handler)) as channel:
        stream = channel.unary_stream("/test.Service/Flood", _same, _same)(b"")
        await stream.read()
        before = -1
        while before != sent_bytes:
            before = sent_bytes
            await asyncio.sleep(0.1)

        assert sent_bytes < 50_000_000
        for _ in range(99):
            assert await stream.read() == b"x" * 1_000_000
        assert await stream.read() is grpc.aio.EOF


async def test_metadata_is_told_without_what_http_needs(socket: Path) -> None:
    async def names(request: bytes, call: Call) -> bytes:
        return repr(call.invocation_metadata()).encode()

    handler = grpc.unary_unary_rpc_method_handler(names, _same, _same)
    async with _client(socket, _services(Names=handler)) as channel:
        metadata = [("dir-name", "context"), ("followpaths", "a"), ("followpaths", "b" * 50_000)]
        answer = await channel.unary_unary("/test.Service/Names", _same, _same)(
            b"", metadata=metadata
        )

    assert b"('dir-name', 'context'), ('followpaths', 'a'), ('followpaths', 'bb" in answer
    assert b":path" not in answer


async def test_aborted_call_has_its_code_and_words(socket: Path) -> None:
    async def refuse(request: bytes, call: Call) -> bytes:
        await call.abort(grpc.StatusCode.NOT_FOUND, "100 % naïve")

    handler = grpc.unary_unary_rpc_method_handler(refuse, _same, _same)
    async with _client(socket, _services(Refuse=handler)) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await channel.unary_unary("/test.Service/Refuse", _same, _same)(b"")

    assert failure.value.code() is grpc.StatusCode.NOT_FOUND
    assert failure.value.details() == "100 % naïve"


@pytest.mark.parametrize("path", ["/test.Service/Other", "/other.Service/Echo"])
async def test_unknown_method_is_unimplemented(socket: Path, path: str) -> None:
    handler = grpc.unary_unary_rpc_method_handler(_echo, _same, _same)
    async with _client(socket, _services(Echo=handler)) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await channel.unary_unary(path, _same, _same)(b"")

    assert failure.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_bug_of_a_handler_keeps_its_words_to_the_log(
    socket: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(request: bytes, call: Call) -> bytes:
        raise ZeroDivisionError("hunter2")

    handler = grpc.unary_unary_rpc_method_handler(stumble, _same, _same)
    async with _client(socket, _services(Stumble=handler, Echo=handler)) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await channel.unary_unary("/test.Service/Stumble", _same, _same)(b"")

    assert failure.value.code() is grpc.StatusCode.UNKNOWN
    assert failure.value.details() == "internal error"
    assert "hunter2" in caplog.text


@pytest.mark.parametrize(
    ("size_bytes", "compression"),
    [(4 * 1024 * 1024 + 1, grpc.Compression.NoCompression), (1000, grpc.Compression.Gzip)],
    ids=["too large", "compressed"],
)
async def test_message_that_is_not_taken_ends_its_call(
    socket: Path, size_bytes: int, compression: grpc.Compression
) -> None:
    handler = grpc.unary_unary_rpc_method_handler(_echo, _same, _same)
    async with _client(socket, _services(Echo=handler)) as channel:
        echo = channel.unary_unary("/test.Service/Echo", _same, _same)
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await echo(b"x" * size_bytes, compression=compression)

        assert await echo(b"fine") == b"fine"

    assert failure.value.code() in {
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNIMPLEMENTED,
    }


async def test_call_that_is_given_up_ends_its_handler(socket: Path) -> None:
    ended = asyncio.Event()

    async def wait(requests: AsyncIterator[bytes], call: Call) -> AsyncIterator[bytes]:
        try:
            yield b"begun"
            await asyncio.Event().wait()
        finally:
            ended.set()

    handler = grpc.stream_stream_rpc_method_handler(wait, _same, _same)
    async with _client(socket, _services(Wait=handler)) as channel:
        call = channel.stream_stream("/test.Service/Wait", _same, _same)()
        await call.write(b"")
        assert await call.read() == b"begun"

        call.cancel()

        await asyncio.wait_for(ended.wait(), 5)


async def test_lost_connection_ends_handlers(socket: Path) -> None:
    ended = asyncio.Event()

    async def wait(request: bytes, call: Call) -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 100_000
        finally:
            ended.set()

    handler = grpc.unary_stream_rpc_method_handler(wait, _same, _same)
    async with _client(socket, _services(Wait=handler)) as channel:
        stream = channel.unary_stream("/test.Service/Wait", _same, _same)(b"")
        await stream.read()

    await asyncio.wait_for(ended.wait(), 5)
