"""Starts the processes of one environment, finds them again, and ends them.

The caller holds the environment's lock.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.engine.control import ask
from tests.engine.control_group import sweep
from tests.engine.describe import describe, describe_external
from tests.engine.description import Description
from tests.engine.environment import Environment
from tests.engine.errors import EngineError, MachineUnsuitable, StartFailed
from tests.engine.kinds import EXTERNAL
from tests.engine.kit import Kit, fetch
from tests.engine.layout import Layout
from tests.engine.ping import answers
from tests.engine.process import Process
from tests.engine.progress import say
from tests.engine.settings import write_etc, write_registry_settings

_START_LIMIT_S = 110.0
_ASK_LIMIT_S = 10.0
_STOP_LIMIT_S = 30.0
_LOOK_AGAIN_S = 0.02
_NEWS_EVERY_S = 5.0
_TAIL_LINES = 12
_PROJECT = Path(__file__).parents[2]


def running(layout: Layout) -> Environment | None:
    """Return the environment in `layout` if all of it runs and answers."""
    description, recorded = Description.read(layout.description), _recorded(layout)
    if description is None or not recorded or not recorded[0].is_running():
        return None
    try:
        ask(layout.control, {"do": "ping"})
    except OSError:
        return None
    if not answers(description.docker_host):
        return None
    return Environment(layout=layout, description=description, holder=recorded[0])


def start(layout: Layout) -> Environment:
    """Start an environment with namespaces of its own; what a killed one held is still there.

    Raises:
        EngineError: it does not come up; nothing is left running.
    """
    if os.getuid() != 0:
        raise MachineUnsuitable(
            f'starting the engine "{layout.root.name}" takes root, for its namespaces; run this '
            "as root, or use a Docker daemon that you may use: "
            "FRESHET_TEST_DOCKER_HOST=unix:///var/run/docker.sock"
        )
    kit = fetch(layout.root.parent)
    _stop(layout)
    description = Description.read(layout.description)
    if description is None or description.kit != str(kit.root):
        description = _lay_out(layout, kit)
    namespaces = ["unshare", "--net", "--mount", "--propagation", "private", "--"]
    return _launch(layout, description, [*namespaces, *_program("holder", layout)])


def start_external(layout: Layout, docker_host: str) -> Environment:
    """Start registries around the daemon at `docker_host`.

    Raises:
        EngineError: the daemon does not answer, or a registry does not come up.
    """
    if not answers(docker_host):
        raise StartFailed(
            f'no Docker daemon answers at "{docker_host}", which FRESHET_TEST_DOCKER_HOST names; '
            "start it, or unset the variable to let the kit start its own"
        )
    remove(layout)
    make_folders(layout)
    kit = kit_if_possible(layout.root.parent)
    description = describe_external(layout, docker_host=docker_host, kit=kit)
    write_registry_settings(layout, description)
    description.write(layout.description)
    return _launch(layout, description, _program("attendant", layout))


def kit_if_possible(folder: Path) -> str:
    """Return the kit's folder; empty where registries have to run as containers.

    Raises:
        MachineUnsuitable: that is not possible either.
    """
    try:
        return str(fetch(folder).root)
    except MachineUnsuitable as error:
        if shutil.which("docker"):
            return ""
        raise MachineUnsuitable(
            "the registries need either a Debian system or the docker command line, to run as "
            "containers on your daemon; install the docker command line"
        ) from error


def remove(layout: Layout) -> None:
    """End all processes of the environment and delete its folder."""
    _stop(layout)
    if layout.root.exists():
        shutil.rmtree(layout.root)


def _lay_out(layout: Layout, kit: Kit) -> Description:
    remove(layout)
    make_folders(layout)
    description = describe(layout, kind=layout.root.name, kit=str(kit.root))
    write_registry_settings(layout, description)
    write_etc(layout, description)
    description.write(layout.description)
    return description


def make_folders(layout: Layout) -> None:
    """Make the folder of an environment and those in it that programs do not make themselves."""
    for folder in (layout.root, layout.certificates, layout.registries, layout.etc_work):
        folder.mkdir(mode=0o700)


def _program(module: str, layout: Layout) -> list[str]:
    return [sys.executable, "-m", f"tests.engine.{module}", str(layout.root)]


def _launch(layout: Layout, description: Description, command: list[str]) -> Environment:
    say(f"starting {description.kind}")
    began = time.monotonic()
    with layout.log.open("wb") as log:
        child = subprocess.Popen(
            command,
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        holder = Process.of(child.pid)
        if holder is None:
            raise _failure(layout, "its first process ended at once")
        _record(layout, holder)
        _wait_until_up(layout, child)
        _record(layout, holder)
    except BaseException:
        _stop(layout)
        child.wait()
        raise
    say(f"{description.kind} is up after {time.monotonic() - began:.1f} s")
    _disown(child)
    return Environment(layout=layout, description=description, holder=holder)


def _wait_until_up(layout: Layout, child: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    news = began + _NEWS_EVERY_S
    while child.poll() is None:
        with contextlib.suppress(OSError):
            ask(layout.control, {"do": "ping"})
            return
        now = time.monotonic()
        if now > began + _START_LIMIT_S:
            raise _failure(layout, f"it was not up after {_START_LIMIT_S:.0f} s")
        if now > news:
            say(f"still waiting for {layout.root.name}; its logs are in {layout.root}")
            news = now + _NEWS_EVERY_S
        time.sleep(_LOOK_AGAIN_S)
    raise _failure(layout, f"its first process ended with code {child.returncode}")


def _failure(layout: Layout, what: str) -> StartFailed:
    logs = (layout.log, layout.docker_log, *sorted(layout.registries.glob("*.log")))
    tails = "".join(_tail(log) for log in logs)
    return StartFailed(f'the engine "{layout.root.name}" did not start: {what}{tails}')


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "".join(f"\n{log.name}: {line}" for line in lines[-_TAIL_LINES:])


def _disown(child: subprocess.Popen[bytes]) -> None:
    """Let the child outlive this object without Python's warning about it."""
    child.returncode = 0


def _stop(layout: Layout) -> None:
    """End what runs, and delete what only a running environment has."""
    known = [process for process in _recorded(layout) if process.is_running()]
    family = {*known, *(below for process in known for below in process.descendants())}
    if known and layout.root.name == EXTERNAL:
        # Registries that run as containers end only if they are asked to.
        known[0].send(signal.SIGTERM)
        known[0].wait(_ASK_LIMIT_S)
    for process in family:
        process.send(signal.SIGKILL)
    for process in family:
        if not process.wait(_STOP_LIMIT_S):
            raise EngineError(f"process {process.pid} of {layout.root} could not be killed")
    for file in (layout.processes, layout.control, layout.docker_socket):
        file.unlink(missing_ok=True)
    if layout.docker_runtime.exists():
        shutil.rmtree(layout.docker_runtime)
    sweep(layout.control_group)


def _record(layout: Layout, holder: Process) -> None:
    """Write down who keeps the environment up, the holder first."""
    family = [holder, *holder.descendants()]
    layout.processes.write_text(json.dumps([asdict(process) for process in family]))


def _recorded(layout: Layout) -> list[Process]:
    """Return the processes written down, the holder first, whether they still run or not."""
    try:
        return [Process(**one) for one in json.loads(layout.processes.read_text())]
    except (FileNotFoundError, TypeError, ValueError):
        return []
