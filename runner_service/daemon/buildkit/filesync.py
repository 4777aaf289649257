"""Sends the build context and the Dockerfile to BuildKit, as far as it does not have them yet.

Speaks `moby.filesync.v1.FileSync/DiffCopy`: we tell all entries, the daemon asks for the contents
of those that differ from what it kept, we send them. The Dockerfile travels apart from the context,
so that one from elsewhere never lies among the user's files. See `session/filesync` of BuildKit and
https://github.com/tonistiigi/fsutil.
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from concurrent.futures import Executor
from hashlib import sha256
from os import fsdecode, fsencode
from typing import Protocol

from runner_service.daemon.buildkit.context import ContextDirectory, Entry
from runner_service.daemon.buildkit.followed import select
from runner_service.daemon.buildkit.recipe import Recipe
from runner_service.daemon.buildkit.wire_pb2 import Packet, Stat

_BATCH_BYTES = 1024 * 1024
"""What is read ahead of the daemon, about."""
_BATCH_COUNT = 256
_GO_DIRECTORY = 1 << 31
_GO_LINK = 1 << 27
_GO_SPECIAL = ((stat.S_ISUID, 1 << 23), (stat.S_ISGID, 1 << 22), (stat.S_ISVTX, 1 << 20))


class Tree(Protocol):
    """A directory to send. Its methods block."""

    def stats(self) -> Iterator[Stat]:
        """Yield all entries, parents first and siblings in the order of their bytes."""

    def pieces(self, path: bytes) -> Iterator[bytes]:
        """Yield the contents of a file, none of them empty."""

    def following(self, paths: Sequence[str]) -> Tree:
        """Return what of it lies at some paths, or more; without paths, all."""


class ContextTree:
    """The user's files, but for what `.dockerignore` names; all belong to root."""

    def __init__(
        self, context: ContextDirectory, recipe: Recipe, paths: Sequence[str] = ()
    ) -> None:
        self._context = context
        self._recipe = recipe
        self._paths = paths

    def following(self, paths: Sequence[str]) -> ContextTree:
        """Return what a Dockerfile copies; what it does not is neither listed nor sent."""
        return ContextTree(self._context, self._recipe, paths)

    def stats(self) -> Iterator[Stat]:
        """Yield what the rules leave."""
        wanted = select(self._context, self._paths)
        return map(_stat, self._context.entries(self._recipe.rules, wanted))

    def pieces(self, path: bytes) -> Iterator[bytes]:
        """Yield the contents as they are now, whatever the size was."""
        return self._context.pieces(fsdecode(path))


class DockerfileTree:
    """A directory with nothing but the Dockerfile."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    def stats(self) -> Iterator[Stat]:
        """Yield the Dockerfile."""
        text = self._recipe.text
        # The daemon takes files of one name, size and time for the same, so the time tells the
        # text. Seven bytes of nanoseconds end in 1972.
        time_ns = int.from_bytes(sha256(text).digest()[:7])
        name = fsencode(self._recipe.name)
        yield Stat(path=name, mode=0o644, size=len(text), mod_time=time_ns)

    def pieces(self, path: bytes) -> Iterator[bytes]:
        """Yield the text."""
        return iter([self._recipe.text] if self._recipe.text else [])

    def following(self, paths: Sequence[str]) -> DockerfileTree:
        """Return it all."""
        return self


class EmptyTree:
    """A directory with nothing in it."""

    def stats(self) -> Iterator[Stat]:
        """Yield nothing."""
        return iter(())

    def pieces(self, path: bytes) -> Iterator[bytes]:
        """Fail: no entry was told of."""
        raise AssertionError(path)

    def following(self, paths: Sequence[str]) -> EmptyTree:
        """Return it."""
        return self


async def send(
    tree: Tree, requests: AsyncIterator[Packet], executor: Executor
) -> AsyncGenerator[Packet, None]:
    """Yield all packets of one side of the exchange, given those of the other.

    Raises:
        ContextUnreadable: something in the tree cannot be read.
    """
    wanted: asyncio.Queue[int | None] = asyncio.Queue()
    # The daemon asks while it still hears of entries; it must not have to wait for us to listen.
    listening = asyncio.create_task(_listen(requests, wanted))
    files: list[bytes] = []
    try:
        async for packet in _ahead(_entries(tree, files), executor):
            yield packet
        while numbers := await _taken(wanted):
            async for packet in _ahead(_contents(tree, files, numbers), executor):
                yield packet
        yield Packet(type=Packet.TYPE_FIN)
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def _listen(requests: AsyncIterator[Packet], wanted: asyncio.Queue[int | None]) -> None:
    try:
        async for packet in requests:
            if packet.type != Packet.TYPE_REQ:
                break
            wanted.put_nowait(packet.id)
    finally:
        wanted.put_nowait(None)


async def _taken(wanted: asyncio.Queue[int | None]) -> list[int]:
    """Return all that is wanted by now, at least one; none at the end."""
    numbers = [await wanted.get()]
    while numbers[-1] is not None and not wanted.empty():
        numbers.append(wanted.get_nowait())
    if numbers[-1] is None and len(numbers) > 1:
        wanted.put_nowait(None)
    return [number for number in numbers if number is not None]


def _entries(tree: Tree, files: list[bytes]) -> Iterator[Packet]:
    """Yield the packets that tell all entries, and note their paths."""
    for entry in tree.stats():
        files.append(entry.path)
        yield Packet(type=Packet.TYPE_STAT, stat=entry)
    yield Packet(type=Packet.TYPE_STAT)


def _contents(tree: Tree, files: Sequence[bytes], numbers: Sequence[int]) -> Iterator[Packet]:
    for number in numbers:
        for piece in tree.pieces(files[number]):
            yield Packet(type=Packet.TYPE_DATA, id=number, data=piece)
        yield Packet(type=Packet.TYPE_DATA, id=number)


async def _ahead(packets: Iterator[Packet], executor: Executor) -> AsyncIterator[Packet]:
    """Yield packets that are made by blocking work; the next are made while some are yielded."""
    loop = asyncio.get_running_loop()
    making = loop.run_in_executor(executor, _batch, packets)
    try:
        while batch := await making:
            making = loop.run_in_executor(executor, _batch, packets)
            for packet in batch:
                yield packet
    finally:
        making.cancel()


def _batch(packets: Iterator[Packet]) -> list[Packet]:
    batch: list[Packet] = []
    size_bytes = 0
    for packet in packets:
        batch.append(packet)
        size_bytes += len(packet.data)
        if size_bytes >= _BATCH_BYTES or len(batch) >= _BATCH_COUNT:
            break
    return batch


def _stat(entry: Entry) -> Stat:
    status = entry.status
    told = Stat(
        path=fsencode(entry.path), mode=_go_mode(status.st_mode), mod_time=status.st_mtime_ns
    )
    if entry.link_target is not None:
        told.linkname = fsencode(entry.link_target)
    elif entry.is_file:
        told.size = status.st_size
    return told


def _go_mode(mode: int) -> int:
    """Return the mode as Go's `os.FileMode` has it."""
    special = sum(theirs for ours, theirs in _GO_SPECIAL if mode & ours)
    if stat.S_ISDIR(mode):
        special |= _GO_DIRECTORY
    elif stat.S_ISLNK(mode):
        special |= _GO_LINK
    return stat.S_IMODE(mode) & 0o777 | special
