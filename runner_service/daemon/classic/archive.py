"""A build context as a tar, in pieces; nothing of it is held longer than it takes to send it.

In GNU's format: daemons take Python's default for something else than an archive. Everything here
blocks but `streamed`.
"""

import asyncio
import io
import secrets
import stat
import tarfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor

from runner_service.daemon.buildkit.context import ContextDirectory, Entry
from runner_service.daemon.buildkit.recipe import Recipe
from runner_service.daemon.errors import ContextUnreadable

_IGNORE = ".dockerignore"
_BATCH_BYTES = 1024 * 1024
_TYPES = {
    stat.S_IFREG: tarfile.REGTYPE,
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
}


class ContextArchive:
    """The archive of one build."""

    def __init__(self, context: ContextDirectory, recipe: Recipe) -> None:
        """Archive what the rules of `recipe` leave, and its Dockerfile."""
        self._context = context
        self._recipe = recipe
        self.dockerfile = f".dockerfile.{secrets.token_hex(10)}"
        """Its name in the archive: one that no file of the user has."""

    def pieces(self) -> Iterator[bytes]:
        """Yield the archive, in pieces of any size.

        Raises:
            ContextUnreadable: something cannot be read, or changes while it is.
        """
        ignored = b""
        for entry in self._context.entries(self._recipe.rules):
            if entry.path == _IGNORE and entry.is_file:
                ignored = self._context.read(_IGNORE)
                continue
            yield from self._entry(entry)
        # The daemon takes out of the context what this file names; its own name is there too
        # where it is ours alone.
        names = [self.dockerfile] if ignored else [self.dockerfile, _IGNORE]
        yield from _file(_IGNORE, b"\n".join([ignored, *map(str.encode, names), b""]))
        yield from _file(self.dockerfile, self._recipe.text)
        yield b"\0" * (2 * tarfile.BLOCKSIZE)

    def _entry(self, entry: Entry) -> Iterator[bytes]:
        status = entry.status
        header = tarfile.TarInfo(entry.path)
        header.type = _TYPES[stat.S_IFMT(status.st_mode)]
        header.mode, header.mtime = stat.S_IMODE(status.st_mode), int(status.st_mtime)
        header.linkname = entry.link_target or ""
        header.size = status.st_size if entry.is_file else 0
        yield _bytes(header)
        if entry.is_file:
            yield from self._contents(entry.path, status.st_size)

    def _contents(self, path: str, size_bytes: int) -> Iterator[bytes]:
        sent = 0
        for piece in self._context.pieces(path):
            sent += len(piece)
            if sent > size_bytes:
                break
            yield piece
        if sent != size_bytes:
            raise ContextUnreadable(path, "it changed while it was read")
        yield _padding(size_bytes)


async def streamed(archive: ContextArchive, executor: Executor) -> AsyncIterator[bytes]:
    """Yield an archive, read ahead by about a megabyte in another thread."""
    pieces = archive.pieces()
    loop = asyncio.get_running_loop()
    while batch := await loop.run_in_executor(executor, _batch, pieces):
        yield batch


def _batch(pieces: Iterator[bytes]) -> bytes:
    batch = io.BytesIO()
    for piece in pieces:
        batch.write(piece)
        if batch.tell() >= _BATCH_BYTES:
            break
    return batch.getvalue()


def _file(name: str, content: bytes) -> Iterator[bytes]:
    header = tarfile.TarInfo(name)
    header.mode, header.size = 0o644, len(content)
    yield _bytes(header)
    yield content
    yield _padding(len(content))


def _bytes(header: tarfile.TarInfo) -> bytes:
    return header.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _padding(size_bytes: int) -> bytes:
    return b"\0" * (-size_bytes % tarfile.BLOCKSIZE)
