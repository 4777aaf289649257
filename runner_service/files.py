"""Reads files of workspaces: never a pipe, never through a link, never more than is allowed."""

import errno
import os
import stat
from pathlib import Path

# A pipeline's own containers may change the workspace while it is read, and the runner may have
# more rights than they: no link is followed on the way, and a pipe is never waited for.
_WAY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_file(path: Path, most_bytes: int) -> bytes:
    """Return the contents of a file; `path` is absolute, and its links are resolved. Blocks.

    Raises:
        OSError: it cannot be read, is no file, or has more than `most_bytes`.
    """
    descriptor = _open(path)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            text = file.read(most_bytes + 1)
    finally:
        os.close(descriptor)
    if len(text) > most_bytes:
        raise OSError(errno.EFBIG, f"it has more than {most_bytes} bytes")
    return text


def _open(path: Path) -> int:
    folder = os.open(path.anchor, _WAY)
    try:
        for part in path.parts[1:-1]:
            below = os.open(part, _WAY, dir_fd=folder)
            os.close(folder)
            folder = below
        return os.open(path.name or path.anchor, _FILE, dir_fd=folder)
    finally:
        os.close(folder)
