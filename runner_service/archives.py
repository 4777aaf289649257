"""Uploaded workspaces, by the digest of their archives.

An archive grows in `<digest>.part`, is unpacked when it is whole, and stays as the directory
`<digest>` until others need the room; what was used longest ago goes first, and nothing that a run
needs. Everything blocks; calls for the same digest one at a time.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from freshet.rpc.names import ARCHIVES
from runner_service.errors import ArchiveRefused, ArchivesFull, UploadConflict
from runner_service.unpack import UnpackLimits, unpack

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_ID = re.compile(r"[0-9a-f]{64}")
_PART, _HALF, _SIZE = ".part", ".half", ".size"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """How much room archives may take."""

    archive_bytes: int = 4096 * MIB
    """Of one as it is sent."""
    unpacked_bytes: int = 16384 * MIB
    """Of one when it is unpacked."""
    entry_count: int = 1_000_000
    total_bytes: int = 32768 * MIB
    """Of all of them, whole or not."""


DEFAULT_ARCHIVE_LIMITS = ArchiveLimits()


class Archives:
    """The archives in a directory."""

    def __init__(
        self,
        directory: Path,
        limits: ArchiveLimits,
        in_use: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        """Keep archives in `directory`; `in_use` tells the names of those that runs need."""
        self._directory = directory
        self._limits = limits
        self._in_use = in_use

    def digest_id(self, digest: str, total_size_bytes: int) -> str:
        """Return the id of the archive that is announced.

        Raises:
            ArchiveRefused: the digest is malformed, or the size is not allowed.
        """
        match = _DIGEST.fullmatch(digest)
        if not match:
            raise ArchiveRefused(
                "ARCHIVE_DIGEST", "`digest` is not `sha256:` and 64 hexadecimal digits"
            )
        if not 0 < total_size_bytes <= self._limits.archive_bytes:
            raise ArchiveRefused(
                "ARCHIVE_TOO_LARGE",
                f"it has {total_size_bytes} bytes, and {self._limits.archive_bytes} are allowed",
            )
        return match[1]

    def find(self, name: str) -> Path | None:
        """Return the directory of `archives/{archive}`, which counts as used now; None: not there.

        Raises:
            InvalidResourceName: `name` is none of an archive.
        """
        archive_id = ARCHIVES.id(name)
        if not _ID.fullmatch(archive_id) or not self._path(archive_id).is_dir():
            return None
        os.utime(self._path(archive_id, _SIZE))
        return self._path(archive_id)

    def size(self, archive_id: str, total_size_bytes: int) -> int:
        """Return how many bytes of an archive are there; all of them when it is whole."""
        if self.find(ARCHIVES.name(archive_id)):
            return total_size_bytes
        part = self._path(archive_id, _PART)
        return part.stat().st_size if part.exists() else 0

    def append(self, archive_id: str, offset: int, total_size_bytes: int, data: bytes) -> None:
        """Write `data` at `offset`, which is where the archive ends so far.

        Raises:
            UploadConflict: it ends elsewhere.
            ArchiveRefused: it would be larger than was announced.
            ArchivesFull: there is no room.
        """
        there = self.size(archive_id, total_size_bytes)
        if offset != there:
            raise UploadConflict(
                f"data for offset {offset} came, and {there} bytes are there", there
            )
        if offset + len(data) > total_size_bytes:
            raise ArchiveRefused("ARCHIVE_DIGEST", "it is larger than was announced")
        if offset == 0:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(total_size_bytes, keep=archive_id)
        with self._path(archive_id, _PART).open("ab") as file:
            file.write(data)

    def complete(self, archive_id: str) -> str:
        """Unpack an archive that is whole, and return its name.

        Raises:
            ArchiveRefused: it is not what its digest says, or must not be unpacked. It is gone.
            ArchivesFull: there is no room for its files.
        """
        name = ARCHIVES.name(archive_id)
        if self.find(name):
            return name
        part, half = self._path(archive_id, _PART), self._path(archive_id, _HALF)
        limits = UnpackLimits(
            entry_count=self._limits.entry_count, size_bytes=self._limits.unpacked_bytes
        )
        try:
            self._check_digest(part, archive_id)
            size_bytes = unpack(part, half, limits)
            self._make_room(size_bytes, keep=archive_id)
            self._path(archive_id, _SIZE).write_text(str(size_bytes), encoding="ascii")
            half.rename(self._path(archive_id))
            part.unlink()
        except ArchiveRefused:
            part.unlink()
            raise
        finally:
            shutil.rmtree(half, ignore_errors=True)
        return name

    def sweep(self) -> None:
        """Remove what a process that was killed left half unpacked."""
        for path in self._directory.glob("*.*"):
            if path.suffix == _HALF:
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix not in (_PART, _SIZE):
                path.unlink(missing_ok=True)

    def _check_digest(self, part: Path, archive_id: str) -> None:
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != archive_id:
            raise ArchiveRefused("ARCHIVE_DIGEST", f"its digest is sha256:{digest}")

    def _make_room(self, size_bytes: int, keep: str) -> None:
        """Remove what was used longest ago until there is room."""
        kept = sorted(self._kept(), key=lambda each: each.use_time_s)
        total = sum(each.size_bytes for each in kept) + size_bytes
        needed = {ARCHIVES.id(name) for name in self._in_use() if name} | {keep}
        for each in kept:
            if total <= self._limits.total_bytes:
                return
            if each.archive_id not in needed:
                self._remove(each.archive_id)
                total -= each.size_bytes
        if total > self._limits.total_bytes:
            raise ArchivesFull(self._limits.total_bytes)

    def _kept(self) -> "Iterator[_Kept]":
        for path in self._directory.iterdir():
            archive_id, suffix = path.name.partition(".")[0], path.suffix
            if suffix not in (_PART, _SIZE):
                continue
            facts = path.stat()
            size = facts.st_size if suffix == _PART else int(path.read_text("ascii") or 0)
            yield _Kept(archive_id=archive_id, use_time_s=facts.st_mtime, size_bytes=size)

    def _remove(self, archive_id: str) -> None:
        shutil.rmtree(self._path(archive_id), ignore_errors=True)
        for suffix in (_PART, _SIZE):
            self._path(archive_id, suffix).unlink(missing_ok=True)

    def _path(self, archive_id: str, suffix: str = "") -> Path:
        return self._directory / f"{archive_id}{suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    archive_id: str
    use_time_s: float
    size_bytes: int
