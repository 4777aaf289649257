"""Output is gathered to pieces of a good size, whole, in order, and without holding it back."""

import asyncio
import random

from freshet.runner.v1.run_pb2 import (
    OUTPUT_STREAM_STDERR,
    OUTPUT_STREAM_STDOUT,
    LogChunk,
    OutputStream,
)
from runner_service.output import CHUNK_BYTES, DELAY_S, OutputGatherer


def chunk(
    data: bytes, stream: OutputStream.ValueType = OUTPUT_STREAM_STDOUT, step: str = "a"
) -> LogChunk:
    return LogChunk(step_id=step, attempt=1, stream=stream, data=data)


async def test_small_pieces_become_large_ones_without_loss() -> None:
    told: list[LogChunk] = []
    gatherer = OutputGatherer(told.append)
    chance = random.Random(1)
    pieces = [chance.randbytes(chance.randrange(1, 3000)) for _ in range(1000)]

    for piece in pieces:
        gatherer.add(chunk(piece))
    gatherer.close_all()

    assert b"".join(each.data for each in told) == b"".join(pieces)
    assert {len(each.data) for each in told[:-1]} == {CHUNK_BYTES}


async def test_large_piece_is_split() -> None:
    told: list[LogChunk] = []
    gatherer = OutputGatherer(told.append)

    gatherer.add(chunk(bytes(3 * CHUNK_BYTES + 1)))
    gatherer.close_all()

    assert [len(each.data) for each in told] == [CHUNK_BYTES] * 3 + [1]


async def test_order_of_the_streams_of_a_step_is_kept() -> None:
    told: list[LogChunk] = []
    gatherer = OutputGatherer(told.append)

    for number in range(6):
        stream = OUTPUT_STREAM_STDERR if number in (2, 3) else OUTPUT_STREAM_STDOUT
        gatherer.add(chunk(b"%d" % number, stream))
    gatherer.add(chunk(b"of another step", step="b"))
    gatherer.close("a")
    gatherer.close("b")

    assert [each.data for each in told] == [b"01", b"23", b"45", b"of another step"]


async def test_output_waits_for_a_moment_only() -> None:
    told: list[LogChunk] = []
    came = asyncio.Event()

    def tell(each: LogChunk) -> None:
        told.append(each)
        came.set()

    gatherer = OutputGatherer(tell)

    begin = asyncio.get_running_loop().time()
    gatherer.add(chunk(b"live"))
    gatherer.add(chunk(b" output"))
    await came.wait()

    assert [each.data for each in told] == [b"live output"]
    assert asyncio.get_running_loop().time() - begin < 10 * DELAY_S
