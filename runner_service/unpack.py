"""Unpacks archives of strangers into a directory of their own, or refuses them.

Nothing is written outside of the directory, or through a link: links are made last, and checked
when all are there. Only files, directories and links are unpacked; owners are not.
"""

import errno
import gzip
import io
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from runner_service.errors import ArchiveRefused

_GZIP_MAGIC = b"\x1f\x8b"
_BLOCK_BYTES = 256 * 1024
_MOST_HEADER_BYTES = 1024 * 1024
_MOST_SEGMENTS = 256
_MOST_TIME_S = float(1 << 33)
_MALFORMED = (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, ValueError)
"""Absurd numbers and names are a `ValueError` of `tarfile`."""
_OF_NAMES = (errno.ENAMETOOLONG, errno.ELOOP, errno.EILSEQ)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackLimits:
    """What an archive may become."""

    entry_count: int
    size_bytes: int
    """Of all files together, and of the tar archive without its compression."""


def unpack(archive: Path, directory: Path, limits: UnpackLimits) -> int:
    """Unpack into `directory`, which must not exist yet; return the bytes of all files.

    Raises:
        ArchiveRefused: it is malformed, leads out of itself, or is too much. What was written until
            then stays in `directory`.
        OSError: the disk fails.
    """
    directory.mkdir(mode=0o700)
    try:
        with (
            _plain(archive, limits) as file,
            tarfile.open(fileobj=file, mode="r:", encoding="utf-8") as tar,
        ):
            unpacking = _Unpacking(tar, directory, limits)
            unpacking.unpack()
    except _MALFORMED as error:
        raise ArchiveRefused("ARCHIVE_MALFORMED", f"it cannot be read: {error}") from error
    except OSError as error:
        if error.errno not in _OF_NAMES:
            raise
        raise ArchiveRefused("ARCHIVE_PATH", f"it has a name that is too long: {error}") from error
    return unpacking.size_bytes


class _Unpacking:
    """One archive on its way to the disk."""

    def __init__(self, tar: tarfile.TarFile, directory: Path, limits: UnpackLimits) -> None:
        self.size_bytes = 0
        self._tar = tar
        self._root = directory
        self._limits = limits
        self._links: dict[Path, str] = {}
        self._directories = {directory}

    def unpack(self) -> None:
        for entry in self._entries():
            self._unpack_entry(entry)
        for path, target in self._links.items():
            self._remove(path)
            path.symlink_to(target)
        root = os.path.realpath(self._root)
        for path in self._links:  # of several links together each may seem harmless
            inside = Path(os.path.realpath(path)).is_relative_to(root)
            _require(inside, "ARCHIVE_LINK", path.name)

    def _entries(self) -> Iterator[tarfile.TarInfo]:
        count = 0
        while entry := self._tar.next():
            self._tar.members.clear()  # type: ignore[attr-defined]  # it would remember all of them
            count += 1
            if count > self._limits.entry_count:
                raise ArchiveRefused(
                    "ARCHIVE_TOO_LARGE", f"it has more than {self._limits.entry_count} entries"
                )
            yield entry

    def _unpack_entry(self, entry: tarfile.TarInfo) -> None:
        path = self._path(entry.name)
        if entry.isdir():
            self._make_directory(path)
            path.chmod(entry.mode & 0o777 | 0o700)
            return
        _require(path != self._root, "ARCHIVE_PATH", entry.name)
        self._make_directory(path.parent)
        if entry.issym():
            self._note_link(path, entry)
        elif entry.islnk():
            self._link(path, entry)
        elif entry.isreg() and not entry.issparse():
            self._write(path, entry)
        else:
            raise ArchiveRefused(
                "ARCHIVE_ENTRY", f'"{entry.name}" is neither file, directory nor link'
            )

    def _path(self, name: str) -> Path:
        """Return where the entry `name` goes."""
        written = PurePosixPath(name)
        inside = not written.is_absolute() and ".." not in written.parts
        _require(inside and "\0" not in name, "ARCHIVE_PATH", name)
        _require(len(written.parts) <= _MOST_SEGMENTS, "ARCHIVE_PATH", name[:80])
        return self._root / written

    def _make_directory(self, path: Path) -> None:
        if path in self._directories:
            return
        self._make_directory(path.parent)
        _require(path not in self._links, "ARCHIVE_LINK", path.name)  # it would lead through one
        if os.path.lexists(path):
            _require(path.is_dir(), "ARCHIVE_PATH", path.name)
        else:
            path.mkdir(mode=0o755)
        self._directories.add(path)

    def _note_link(self, path: Path, entry: tarfile.TarInfo) -> None:
        target = os.path.normpath(path.parent / entry.linkname)
        inside = not PurePosixPath(entry.linkname).is_absolute() and "\0" not in entry.linkname
        inside = inside and Path(target).is_relative_to(self._root)
        _require(inside and bool(entry.linkname), "ARCHIVE_LINK", entry.name)
        self._links[path] = entry.linkname

    def _link(self, path: Path, entry: tarfile.TarInfo) -> None:
        target = self._path(entry.linkname)
        usable = target.is_file() and target.parent in self._directories and target != path
        _require(usable, "ARCHIVE_LINK", entry.name)
        self._clear(path)
        path.hardlink_to(target)

    def _write(self, path: Path, entry: tarfile.TarInfo) -> None:
        self.size_bytes += entry.size
        _require(entry.size >= 0, "ARCHIVE_MALFORMED", entry.name)
        _require_size(self.size_bytes, self._limits)
        self._clear(path)
        source = self._tar.extractfile(entry)
        assert source is not None, entry.name  # it is a file
        with path.open("xb") as file:
            shutil.copyfileobj(source, file, _BLOCK_BYTES)
        if path.stat().st_size != entry.size:
            raise ArchiveRefused("ARCHIVE_MALFORMED", f'"{entry.name}" is cut off')
        path.chmod(entry.mode & 0o777 | 0o400)
        modified = min(max(0.0, entry.mtime), _MOST_TIME_S)
        os.utime(path, (modified, modified))

    def _clear(self, path: Path) -> None:
        """Let a later entry take the place of an earlier one."""
        self._links.pop(path, None)
        self._remove(path)

    def _remove(self, path: Path) -> None:
        if os.path.lexists(path):
            _require(not path.is_dir(), "ARCHIVE_PATH", path.name)
            path.unlink()


class _Bounded(io.FileIO):
    """A file that hands out no more at once than a header of an archive may have."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= _MOST_HEADER_BYTES:
            raise ArchiveRefused("ARCHIVE_MALFORMED", f"one of its headers has {size} bytes")
        return super().read(size) or b""


def _plain(archive: Path, limits: UnpackLimits) -> IO[bytes]:
    """Return the archive without its compression."""
    with archive.open("rb") as file:
        packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    if not packed:
        return _Bounded(archive, "rb")
    plain = archive.with_suffix(".tar")
    size_bytes = 0
    try:
        with gzip.open(archive) as source, plain.open("wb") as target:
            while block := source.read(_BLOCK_BYTES):
                size_bytes += len(block)
                _require_size(size_bytes, limits)
                target.write(block)
        return _Bounded(plain, "rb")
    finally:
        plain.unlink(missing_ok=True)  # who has it open reads on


def _require_size(size_bytes: int, limits: UnpackLimits) -> None:
    if size_bytes > limits.size_bytes:
        raise ArchiveRefused(
            "ARCHIVE_TOO_LARGE", f"it unpacks to more than {limits.size_bytes} bytes"
        )


def _require(fine: bool, reason: str, name: str) -> None:
    if not fine:
        raise ArchiveRefused(reason, f'its entry "{name}" {_WRONG[reason]}')


_WRONG = {
    "ARCHIVE_PATH": "has a path that leads out of it, or collides with another entry",
    "ARCHIVE_LINK": "links to what is not in it, or lies behind a link",
    "ARCHIVE_MALFORMED": "has an impossible size",
}
