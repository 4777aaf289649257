"""Makes events of a good size out of output of any size.

A line an event would cost a row and a message each; a megabyte an event would be more than a
watcher can take at once. Output waits for more of its kind, but never for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from freshet.runner.v1.run_pb2 import LogChunk

CHUNK_BYTES = 64 * 1024
"""Largest piece of output in one event; output that keeps coming makes no smaller ones than half
of it."""
DELAY_S = 0.1
"""How long a byte waits for more."""


@dataclass(slots=True)
class _Open:
    """Output of one stream of one operation that waits for more."""

    place: LogChunk
    """Where it comes from, without data."""
    timer: asyncio.TimerHandle
    data: bytearray = field(default_factory=bytearray)


class OutputGatherer:
    """Gathers the output of a run's steps. Belongs to one event loop."""

    def __init__(self, emit: Callable[[LogChunk], None]) -> None:
        """Call `emit` with each chunk."""
        self._emit = emit
        self._open: dict[str, _Open] = {}
        """By step: what else a step tells must come after the output before it."""

    def add(self, chunk: LogChunk) -> None:
        """Take a piece of output of any size."""
        waiting = self._open.get(chunk.step_id)
        if waiting and not _same_place(waiting.place, chunk):
            self.close(chunk.step_id)
            waiting = None
        if waiting is None:
            waiting = self._opened(chunk)
        waiting.data += chunk.data
        while len(waiting.data) >= CHUNK_BYTES:
            self._emit_piece(waiting.place, bytes(waiting.data[:CHUNK_BYTES]))
            del waiting.data[:CHUNK_BYTES]

    def close(self, step_id: str) -> None:
        """Tell what waits of a step."""
        waiting = self._open.pop(step_id, None)
        if waiting:
            waiting.timer.cancel()
            if waiting.data:
                self._emit_piece(waiting.place, bytes(waiting.data))

    def close_all(self) -> None:
        """Tell what waits of all steps."""
        for step_id in list(self._open):
            self.close(step_id)

    def _opened(self, chunk: LogChunk) -> _Open:
        place = LogChunk(
            step_id=chunk.step_id,
            operation_index=chunk.operation_index,
            attempt=chunk.attempt,
            stream=chunk.stream,
        )
        loop = asyncio.get_running_loop()
        waiting = _Open(place, loop.call_later(DELAY_S, self.close, chunk.step_id))
        self._open[chunk.step_id] = waiting
        return waiting

    def _emit_piece(self, place: LogChunk, data: bytes) -> None:
        chunk = LogChunk(data=data)
        chunk.MergeFrom(place)
        self._emit(chunk)


def _same_place(one: LogChunk, other: LogChunk) -> bool:
    return (
        one.stream == other.stream
        and one.operation_index == other.operation_index
        and one.attempt == other.attempt
    )
