"""Hiding 100 secrets in 1,000,000 lines that become events, against having no secrets."""

import random
import string
from collections.abc import Callable, Iterator, Sequence

from freshet.runner.v1.run_pb2 import OUTPUT_STREAM_STDERR
from runner_service.journal import output_chunk
from runner_service.mask import Mask, MaskedStream
from tests.benchmarks.rows import Row, measure_in_turn

_SECRET_COUNT = 100
_LINE_COUNT = 1_000_000
_ROUNDS = 3


def masking_rows() -> Iterator[Row]:
    """Measure a pass line by line; larger chunks cost far less."""
    random_ = random.Random(1)
    mask = Mask(_secret(random_) for _ in range(_SECRET_COUNT))
    lines = [_line(number, random_) for number in range(_LINE_COUNT)]
    yield _row("mask-1000000-lines", mask, lines)


def _row(name: str, mask: Mask, chunks: Sequence[bytes]) -> Row:
    figure, peer_figure = measure_in_turn(_pass(mask, chunks), _pass(Mask(), chunks), _ROUNDS)
    return Row(
        name=name,
        figure=figure,
        unit="s",
        peer="the same without secrets",
        peer_figure=peer_figure,
        aim=5.0,
    )


def _pass(mask: Mask, chunks: Sequence[bytes]) -> Callable[[], None]:
    def work() -> None:
        stream = MaskedStream(mask)
        for chunk in chunks:
            shown = stream.feed(chunk)
            assert len(shown) == len(chunk)
            output_chunk("build", 0, 1, OUTPUT_STREAM_STDERR, shown)

    return work


def _secret(random_: random.Random) -> str:
    length = random_.choice((12, 20, 40, 64))
    return "".join(random_.choices(string.ascii_letters + string.digits + "+/=$! ", k=length))


def _line(number: int, random_: random.Random) -> bytes:
    digest = random_.getrandbits(256)
    return f"#12 {number / 100:.2f} Get:{number} example.com/p ({digest:064x})\n".encode()
