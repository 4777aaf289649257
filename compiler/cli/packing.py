"""Packs a workspace into an archive for a runner that cannot read this disk.

What is packed is what a clone would hold, with what was changed since: in a Git work tree the files
that Git does not ignore, and `.git` itself unless the file `.dockerignore` beside it names it.
Elsewhere all files are. Links that lead out of the workspace are left out, since runners refuse
them.
"""

import gzip
import hashlib
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from compiler.cli.exits import WRONG_USE, CommandError

_GIT = ".git"
_GIT_IGNORED = frozenset({".git", ".git/", "/.git", "**/.git", "**/.git/"})
_BLOCK_BYTES = 1024 * 1024
_GZIP_LEVEL = 1  # networks are fast, and so it is too


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """An archive that is ready to be sent."""

    file: IO[bytes]
    """Open, without a name; it is gone when it is closed."""
    digest: str
    """`sha256:` and 64 hexadecimal digits."""
    size_bytes: int
    file_count: int
    left_out: tuple[str, ...]
    """Links that lead out of the workspace."""


@contextmanager
def packed(directory: Path) -> Iterator[Packed]:
    """Pack `directory`. The same files make the same archive.

    Raises:
        CommandError: a file cannot be read, or there is no room for the archive.
    """
    root = directory.resolve()
    with tempfile.TemporaryFile(prefix="freshet-") as file:
        try:
            packing = _Packing(root)
            packing.write(file)
        except OSError as error:
            raise CommandError(
                WRONG_USE, f'the files of "{directory}" cannot be packed: {error}'
            ) from error
        size_bytes = file.tell()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        yield Packed(
            file=file,
            digest=f"sha256:{digest}",
            size_bytes=size_bytes,
            file_count=packing.file_count,
            left_out=tuple(packing.left_out),
        )


class _Packing:
    def __init__(self, root: Path) -> None:
        self.file_count = 0
        self.left_out: list[str] = []
        self._root = root

    def write(self, file: IO[bytes]) -> None:
        with (
            gzip.GzipFile(
                filename="", mode="wb", fileobj=file, compresslevel=_GZIP_LEVEL, mtime=0
            ) as zipped,
            tarfile.open(
                fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8"
            ) as tar,
        ):
            for path in sorted(set(_paths(self._root))):
                self._add(tar, path)
                tar.members.clear()  # type: ignore[attr-defined]  # it would remember all of them

    def _add(self, tar: tarfile.TarFile, name: str) -> None:
        path = self._root / name
        try:
            entry = tar.gettarinfo(path, arcname=name)
        except FileNotFoundError:
            return  # Git knows it still
        if entry is None:
            return  # a socket
        if entry.islnk():  # a second name of a file that was packed: a file of its own
            entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", path.stat().st_size
        if entry.issym() and not self._is_inside(path):
            self.left_out.append(name)
            return
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        if entry.isreg():
            with path.open("rb") as content:
                tar.addfile(entry, content)
        elif entry.issym() or entry.isdir():
            tar.addfile(entry)
        else:
            return  # a pipe or a device
        self.file_count += not entry.isdir()

    def _is_inside(self, link: Path) -> bool:
        target = os.readlink(link)  # noqa: PTH115  # as it is written
        if os.path.isabs(target):  # noqa: PTH117
            return False
        written = Path(os.path.normpath(link.parent / target))
        return written.is_relative_to(self._root) and Path(os.path.realpath(link)).is_relative_to(
            self._root
        )


def _paths(root: Path) -> Iterable[str]:
    """Yield the paths of what is packed, relative to `root`."""
    listed = _listed_by_git(root)
    if listed is None:
        yield from _walk(root, "")
        return
    for name in listed:
        path = root / name
        if path.is_dir() and not path.is_symlink():  # a submodule, or a repository inside this one
            yield from _walk(root, name.rstrip("/"))
        else:
            yield name
    if (root / _GIT).is_dir() and not _ignores_git(root):
        yield from _walk(root, _GIT)


def _listed_by_git(root: Path) -> list[str] | None:
    """Return the files that Git does not ignore; None: this is no work tree."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others"]
    try:
        done = subprocess.run(
            [*command, "--exclude-standard"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    if done.returncode != 0:
        return None
    return [name for name in done.stdout.decode(errors="surrogateescape").split("\0") if name]


def _walk(root: Path, below: str) -> Iterator[str]:
    for folder, folders, files in os.walk(root / below, onerror=_raise):
        base = os.path.relpath(folder, root)
        prefix = "" if base == os.curdir else f"{base}/"
        yield from (f"{prefix}{name}" for name in files)
        yield from (f"{prefix}{name}" for name in folders)


def _raise(error: OSError) -> None:
    raise error


def _ignores_git(root: Path) -> bool:
    try:
        lines = (root / ".dockerignore").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.strip() in _GIT_IGNORED for line in lines)
