"""The folder that holds the kit, the environments and their locks.

It lies outside the repository: dockerd keeps its images there, so it may not be on overlayfs,
and its Unix sockets need short paths.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.errors import MachineUnsuitable

FOLDER_VARIABLE = "FRESHET_ENGINE_DIR"
_LONGEST_ROOT = 50
"""Bytes; the deepest socket is `26.1-containerd/exec/containerd/containerd.sock.ttrpc`, and a
socket path ends at 107."""


def state_folder() -> Path:
    """Return the folder for all state, made if need be, readable by its owner only.

    Raises:
        MachineUnsuitable: it belongs to somebody else, its path is too long, or it is on overlayfs.
    """
    chosen = os.environ.get(FOLDER_VARIABLE)
    folder = Path(chosen) if chosen else Path(f"/var/tmp/freshet-engine-{os.getuid()}")
    folder = folder.absolute()
    if len(os.fsencode(folder)) > _LONGEST_ROOT:
        raise _unsuitable(folder, f"its path is longer than {_LONGEST_ROOT} bytes")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unsuitable(folder, f"it cannot be made: {error.strerror}") from error
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise _unsuitable(folder, "it belongs to another user or is a symbolic link")
    folder.chmod(0o700)
    if filesystem_of(folder) == "overlay":
        raise _unsuitable(folder, "it is on overlayfs, where dockerd cannot keep images")
    return folder


def filesystem_of(folder: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> str:
    """Return the type of the file system that holds `folder`, as the kernel names it."""
    best, found = "", "unknown"
    for line in mountinfo.read_text().splitlines():
        mount, _, source = line.partition(" - ")
        point = mount.split()[4].encode().decode("unicode_escape")
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, found = point, source.split()[0]
    return found


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold the lock file `path` for as long as the block runs; say whether it is held.

    The kernel drops the lock with the process, so a killed run leaves none behind.
    """
    with path.open("a") as file:
        try:
            how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(file, how if wait else how | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _unsuitable(folder: Path, reason: str) -> MachineUnsuitable:
    return MachineUnsuitable(
        f'cannot keep test engines in "{folder}": {reason}; '
        f"set {FOLDER_VARIABLE} to a short path on a local disk that you own"
    )
