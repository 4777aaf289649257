"""The directory a build takes files from: what lies in it, and nothing from outside of it.

Everything here blocks: call it off the event loop.
"""

import errno
import os
import stat
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from runner_service.daemon.buildkit.ignore import EVERYTHING, IgnoreRules, Selection, Verdict
from runner_service.daemon.errors import ContextNotFound, ContextUnreadable

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A pipeline's own containers may change the directory while it is read, and the runner may have
# more rights than they: no link is ever followed, and a pipe is never waited for.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file, folder or symbolic link in the context."""

    path: str
    """Relative to the context, with `/`; bytes that are no UTF-8 as Python's surrogates."""
    status: os.stat_result
    link_target: str | None = None

    @property
    def is_file(self) -> bool:
        """Whether it has contents."""
        return stat.S_ISREG(self.status.st_mode)


class ContextDirectory:
    """A build context, held open as long as somebody reads from it.

    Raises:
        ContextNotFound: `root` is no directory.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            self._root = os.open(root, _DIRECTORY)
        except OSError as error:
            raise ContextNotFound(root) from error
        # Not by hand: a thread may still be reading when the build is given up.
        weakref.finalize(self, os.close, self._root)

    def entries(self, rules: IgnoreRules, wanted: Selection = EVERYTHING) -> Iterator[Entry]:
        """Yield what the rules leave of what is wanted.

        Parents come first, also those that are only on the way, and names in the order of their
        bytes.

        Sockets, pipes and devices are left out, as is what vanishes meanwhile.

        Raises:
            ContextUnreadable: a folder cannot be listed.
        """
        walk, outset = _Walk(rules, wanted), _Verdicts(rules.outset, wanted.outset)
        yield from walk.below(os.dup(self._root), "", outset)

    def read(self, path: str) -> bytes:
        """Return the contents of a file; raises as `pieces`."""
        return b"".join(self.pieces(path))

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield the contents of a file, in pieces of moderate size.

        Raises:
            ContextUnreadable: it cannot be read, or is no file any more.
        """
        try:
            with self._open(path) as file:
                yield from _pieces(file)
        except OSError as error:
            raise _unreadable(path, error) from error

    def _open(self, path: str) -> FileIO:
        folder, _, name = path.rpartition("/")
        parent = self._open_folder(folder)
        try:
            file = FileIO(os.open(name, _FILE, dir_fd=parent))
        finally:
            os.close(parent)
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise ContextUnreadable(path, "is no file any more")
        return file

    def resolve(self, path: Path) -> str:
        """Return where a path leads, through links, as one that `pieces` takes.

        Raises:
            FileNotFoundError: nowhere.
            PermissionError: out of the context.
        """
        root = self.root.resolve()
        found = (root / path).resolve(strict=True)
        if not found.is_relative_to(root):
            raise PermissionError(errno.EACCES, "leads out of the build context")
        return found.relative_to(root).as_posix()

    def link_at(self, path: str) -> str | None:
        """Return what a symbolic link says; None: there is none. Links on the way are no way."""
        folder, _, name = path.rpartition("/")
        try:
            parent = self._open_folder(folder)
        except OSError:
            return None
        try:
            return os.readlink(name, dir_fd=parent)
        except OSError:  # no link, or nothing at all
            return None
        finally:
            os.close(parent)

    def names_in(self, path: str) -> list[str]:
        """Return the names in a folder; none if it cannot be listed."""
        try:
            folder = self._open_folder(path)
        except OSError:
            return []
        try:
            with os.scandir(folder) as entries:
                return [entry.name for entry in entries]
        except OSError:
            return []
        finally:
            os.close(folder)

    def _open_folder(self, path: str) -> int:
        folder = os.dup(self._root)
        for part in filter(None, path.split("/")):
            try:
                below = os.open(part, _DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            finally:
                os.close(folder)
            folder = below
        return folder


class _Verdicts(NamedTuple):
    """What is said of one path."""

    rules: Verdict
    wanted: Verdict

    @property
    def kept(self) -> bool:
        """Whether it is told."""
        return self.wanted.ignored and not self.rules.ignored


class _Walk:
    """One pass over a directory."""

    def __init__(self, rules: IgnoreRules, wanted: Selection) -> None:
        self._rules = rules
        self._wanted = wanted
        self._held: list[Entry] = []
        """Folders on the way down that are told only if something in them is."""

    def below(self, folder: int, prefix: str, above: _Verdicts) -> Iterator[Entry]:
        """Yield what lies in a folder, whose descriptor is closed in the end."""
        try:
            for listed in _listed(folder, prefix):
                path = prefix + listed.name
                entry = _entry(listed, path, folder)
                if entry is not None:
                    yield from self._one(entry, folder, self._judge(path, above))
        finally:
            os.close(folder)

    def _judge(self, path: str, above: _Verdicts) -> _Verdicts:
        return _Verdicts(
            self._rules.judge(path, above.rules), self._wanted.judge(path, above.wanted)
        )

    def _one(self, entry: Entry, parent: int, verdicts: _Verdicts) -> Iterator[Entry]:
        if verdicts.kept:
            yield from self._held
            self._held.clear()
            yield entry
        if not stat.S_ISDIR(entry.status.st_mode):
            return
        if verdicts.kept:
            yield from self._inside(entry, parent, verdicts)
        elif self._may_keep_below(entry.path, verdicts):
            self._held.append(entry)
            yield from self._inside(entry, parent, verdicts)
            if self._held and self._held[-1] is entry:
                self._held.pop()

    def _may_keep_below(self, folder: str, verdicts: _Verdicts) -> bool:
        left = not verdicts.rules.ignored or self._rules.may_except_below(folder)
        return left and (verdicts.wanted.ignored or self._wanted.may_have_below(folder))

    def _inside(self, entry: Entry, parent: int, verdicts: _Verdicts) -> Iterator[Entry]:
        name = entry.path.rpartition("/")[2]
        try:
            folder = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(entry.path, error) from error
        yield from self.below(folder, entry.path + "/", verdicts)


def _pieces(file: FileIO) -> Iterator[bytes]:
    expected_bytes = os.fstat(file.fileno()).st_size
    # A byte more than there should be: most files then need no second read to find their end.
    limit_bytes, read_bytes = min(expected_bytes + 1, _PIECE_BYTES), 0
    while piece := file.read(limit_bytes):
        yield piece
        read_bytes += len(piece)
        if read_bytes == expected_bytes and len(piece) < limit_bytes:
            return
        limit_bytes = _PIECE_BYTES


def _listed(folder: int, prefix: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        raise _unreadable(prefix or ".", error) from error


def _entry(listed: "os.DirEntry[str]", path: str, folder: int) -> Entry | None:
    try:
        status = listed.stat(follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(listed.name, dir_fd=folder)
            return Entry(path=path, status=status, link_target=target)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    kept = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
    return Entry(path=path, status=status) if kept else None


def _unreadable(path: str, error: OSError) -> ContextUnreadable:
    return ContextUnreadable(path, error.strerror or type(error).__name__)
