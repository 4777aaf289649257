"""A Docker engine of its own, with its registries, that is killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.children import DOCKERD
from tests.engine.control import ask
from tests.engine.environment import Environment
from tests.engine.folder import FOLDER_VARIABLE, state_folder
from tests.engine.kinds import DOCKER_26
from tests.engine.kit import fetch
from tests.engine.lifecycle import bring_up, down
from tests.engine.ping import answers
from tests.engine.process import Process
from tests.engine.registries import OPEN, Registry

_GONE_LIMIT_S = 30.0
_BACK_LIMIT_S = 90.0
_LOOK_AGAIN_S = 0.02


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


def replace_daemon(environment: Environment) -> None:
    """Kill dockerd alone, with the containers it runs; wait until another one answers.

    Network, registries, and who uses them, live on.
    """
    ask(environment.layout.control, {"do": "replace", "child": DOCKERD})
    _wait(lambda: answers(environment.docker_host), environment.docker_host)


def replace_registry(environment: Environment) -> None:
    """Kill the open registry alone; wait until another one answers in its place."""
    ask(environment.layout.control, {"do": "replace", "child": OPEN})
    registry = environment.registries[OPEN]
    _wait(lambda: _listens(environment, registry), registry.domain)


def _wait(is_back: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _BACK_LIMIT_S
    while not is_back():
        assert time.monotonic() < deadline, f"{what} does not come back"
        time.sleep(_LOOK_AGAIN_S)


def _listens(environment: Environment, registry: Registry) -> bool:
    try:
        environment.connect(registry.host, registry.port).close()
    except OSError:
        return False
    return True


def _runs(process: Process, program: str) -> bool:
    try:
        command = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return False
    return Path(os.fsdecode(command[0])).name == program
