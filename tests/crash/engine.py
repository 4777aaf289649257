"""A Docker engine of its own, with its registries, that is killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.environment import Environment
from tests.engine.folder import FOLDER_VARIABLE, state_folder
from tests.engine.kinds import DOCKER_26
from tests.engine.kit import fetch
from tests.engine.lifecycle import bring_up, down
from tests.engine.process import Process

_GONE_LIMIT_S = 30.0


@contextmanager
def own_engine() -> Iterator[None]:
    """Keep engines in a folder of this process's own: nobody else's engine is killed.

    The programs are those of the folder that all tests share.
    """
    shared = state_folder()
    fetch(shared)
    folder = Path(tempfile.mkdtemp(prefix="freshet-crash-", dir=shared.parent))
    for kit in shared.glob("kit-*"):
        (folder / kit.name).symlink_to(kit)
    before = os.environ.get(FOLDER_VARIABLE)
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield
    finally:
        down(DOCKER_26)
        if before is None:
            del os.environ[FOLDER_VARIABLE]
        else:
            os.environ[FOLDER_VARIABLE] = before
        shutil.rmtree(folder)


def started_engine() -> Environment:
    """Return the engine, started if it does not run, with all that it held before."""
    return bring_up(DOCKER_26, keep=False)


def kill_program(environment: Environment, program: str) -> None:
    """Kill `dockerd` or `docker-registry` of the engine, and wait until the rest has followed.

    A registry that is killed takes the daemon with it, and the daemon the registries.
    """
    found = [each for each in environment.holder.descendants() if _runs(each, program)]
    assert found, f"no {program} runs in {environment.layout.root}"
    found[0].send(signal.SIGKILL)
    gone = environment.holder.wait(_GONE_LIMIT_S)
    assert gone, f"{environment.layout.root} outlives its {program}"


def _runs(process: Process, program: str) -> bool:
    try:
        command = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return False
    return Path(os.fsdecode(command[0])).name == program
