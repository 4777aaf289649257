"""Who this runner is, from start to start: runs in a shared database belong to one runner."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner_service.errors import StoreUnavailable

FILE_NAME = "runner.id"


@contextmanager
def claimed_identity(state_directory: Path) -> Iterator[str]:
    """Lend the runner's name, made at the first start, to one process at a time.

    Raises:
        StoreUnavailable: another process has it: two runners would execute the same runs.
    """
    path = state_directory / FILE_NAME
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it ends with the process
        except BlockingIOError as error:
            raise StoreUnavailable(
                f'another runner uses the state directory "{state_directory}"; stop it, or give '
                "this one a directory of its own"
            ) from error
        file.seek(0)
        name = file.read().strip()
        if not name:
            name = os.urandom(8).hex()
            file.write(f"{name}\n")
            file.flush()
            os.fsync(file.fileno())
        yield name


@contextmanager
def temporary_folder(name: str) -> Iterator[None]:
    """Let the temporary files of this process lie in a folder of the runner's own.

    What a runner of this name that was killed left there is deleted. It is none of the state
    directory's, whose path may be too long for the sockets of builds.
    """
    before = tempfile.tempdir
    folder = Path(tempfile.gettempdir()) / f"freshet-runner-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
