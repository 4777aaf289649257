"""Events that are not in the store yet: some in memory, the rest in a file.

A build may write faster than a database takes it, and a database may be away. The build does not
wait for that, and memory does not pay for it: the disk does, up to a limit. Beyond the limit, or
on a full disk, output is refused; all other events, which are few and small, never are.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from freshet.runner.v1.run_pb2 import RunEvent

MEMORY_BYTES = 2 * 1024 * 1024
"""How many bytes of events of one run wait in memory; more wait in the file."""
SPOOL_BYTES = 1024 * 1024 * 1024
"""How many bytes of one run wait in the file at most."""
_LENGTH_BYTES = 4


class Backlog:
    """The events of one run that wait, oldest first.

    Writing to the file blocks, but shortly: the system's cache takes it.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        memory_bytes: int = MEMORY_BYTES,
        spool_bytes: int = SPOOL_BYTES,
    ) -> None:
        """Put the file into `folder`; None: into the system's folder for temporary files."""
        self._memory_bytes = memory_bytes
        self._front: deque[RunEvent] = deque()
        self._front_bytes = 0
        self._spool = _Spool(folder, spool_bytes)
        self._rest: deque[RunEvent] = deque()
        """What could not go into the file though it had to be kept."""

    @property
    def is_empty(self) -> bool:
        """Whether no event waits."""
        return not self._front

    @property
    def front_count(self) -> int:
        """How many events wait in memory."""
        return len(self._front)

    @property
    def has_room(self) -> bool:
        """Whether output is taken."""
        return not self._rest and self._spool.has_room

    def append(self, event: RunEvent) -> bool:
        """Keep `event` as the newest; return False when it is output that there is no room for."""
        size = event.ByteSize()
        fits = self._front_bytes + size <= self._memory_bytes
        if fits and self._spool.is_empty and not self._rest:
            self._to_front(event, size)
        elif self._rest or not self._spool.append(event):
            if event.HasField("log_chunk"):
                return False
            self._rest.append(event)
        self._fill()
        return True

    def first(self, limit_bytes: int) -> Sequence[RunEvent]:
        """Return the oldest events, one at least if there is any; they stay."""
        chosen: list[RunEvent] = []
        for event in self._front:
            limit_bytes -= event.ByteSize()
            if chosen and limit_bytes < 0:
                break
            chosen.append(event)
        return chosen

    def drop(self, count: int) -> None:
        """Forget the `count` oldest events, which `first` returned."""
        for _ in range(count):
            self._front_bytes -= self._front.popleft().ByteSize()
        self._fill()

    def close(self) -> None:
        """Let go of the file."""
        self._spool.close()

    def _fill(self) -> None:
        """Bring events from the file to memory when that has become free."""
        if self._front:
            return
        for event in self._spool.take(self._memory_bytes):
            self._to_front(event, event.ByteSize())
        while self._rest and self._spool.is_empty and self._front_bytes <= self._memory_bytes:
            event = self._rest.popleft()
            self._to_front(event, event.ByteSize())

    def _to_front(self, event: RunEvent, size: int) -> None:
        self._front.append(event)
        self._front_bytes += size


class _Spool:
    """A queue of events in a file without a name, which is gone with the process in any case."""

    def __init__(self, folder: Path | None, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._file: BinaryIO | None = None
        self._begin = 0
        self._end = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return self._begin == self._end

    @property
    def has_room(self) -> bool:
        """Whether half of the file is free: who was refused comes back when it is worth it."""
        return self._end <= self._limit_bytes // 2

    def append(self, event: RunEvent) -> bool:
        """Write `event` at the end; return whether there was room."""
        content = event.SerializeToString()
        record = len(content).to_bytes(_LENGTH_BYTES, "big") + content
        if self._end + len(record) > self._limit_bytes:
            return False
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115  # it lives as long as we do
                assert self._file is not None
            self._file.seek(self._end)
            if self._file.write(record) < len(record):  # the disk became full on the way
                return False
        except OSError:
            return False
        self._end += len(record)
        return True

    def take(self, limit_bytes: int) -> Sequence[RunEvent]:
        """Return the oldest events and forget them; one more than fits is not begun."""
        events: list[RunEvent] = []
        while not self.is_empty and limit_bytes > 0:
            assert self._file is not None
            self._file.seek(self._begin)
            length = int.from_bytes(self._file.read(_LENGTH_BYTES), "big")
            events.append(RunEvent.FromString(self._file.read(length)))
            self._begin += _LENGTH_BYTES + length
            limit_bytes -= length
        if self.is_empty:
            self._empty()
        return events

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _empty(self) -> None:
        self._begin = self._end = 0
        if self._file is not None:
            self._file.truncate(0)
