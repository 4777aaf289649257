"""The services on this machine: started in the background on Unix sockets when needed.

State lies in one private directory: `FRESHET_STATE_DIRECTORY`, else the user's state directory.
"""

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from compiler.cli.exits import UNREACHABLE, CommandError
from freshet import __version__

_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 30.0
_POLL_S = 0.01
_LOG_TAIL_LINES = 8


@dataclass(frozen=True, slots=True)
class LocalService:
    """One of the two services on this machine."""

    name: str
    """`registry` or `runner`."""
    state: Path
    """The state directory of Freshet."""

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.state / f"{self.name}.sock"

    @property
    def address(self) -> str:
        """Where it listens, as gRPC takes it."""
        return f"unix:{self.socket}"

    @property
    def log(self) -> Path:
        """What it writes to standard error."""
        return self.state / f"{self.name}.log"

    @property
    def settings_file(self) -> Path:
        """What it was started with."""
        return self.state / f"{self.name}.json"

    def pid(self) -> int | None:
        """Return the process that listens; None: nobody does.

        The kernel tells, so that a file with a stale number cannot mislead.
        """
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
                peer = probe.getsockopt(
                    socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
                )
            except (FileNotFoundError, ConnectionRefusedError):
                return None
        return int(struct.unpack("3i", peer)[0])

    def command(self) -> list[str]:
        """Return the command that starts it."""
        # -P: the directory it is started in must not be able to shadow a module.
        command = [sys.executable, "-P", "-m", f"{self.name}_service", "--listen", self.address]
        command += ["--state-directory", str(self.state / self.name)]
        if self.name == "runner":
            command += ["--registry-service", LocalService("registry", self.state).address]
        return command


def state_directory() -> Path:
    """Return the state directory of Freshet; it need not exist."""
    if given := os.environ.get("FRESHET_STATE_DIRECTORY"):
        return Path(given).absolute()
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "freshet"


def local_services() -> tuple[LocalService, LocalService]:
    """Return the registry service and the runner service of this machine."""
    state = state_directory()
    return LocalService("registry", state), LocalService("runner", state)


def ensure_running(services: tuple[LocalService, ...]) -> list[LocalService]:
    """Start the services that do not run; return those that were started.

    Raises:
        CommandError: one does not start.
    """
    if all(service.pid() for service in services):
        for service in services:
            _check_settings(service)
        return []
    with _start_lock(services[0].state):
        missing = [service for service in services if not service.pid()]
        processes = [(service, _spawn(service)) for service in missing]
        for service, process in processes:
            _wait_until_up(service, process)
    return missing


def stop(service: LocalService) -> bool:
    """Stop a service and wait for its end; return whether it ran.

    Raises:
        CommandError: it does not stop.
    """
    pid = service.pid()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_LIMIT_S
    while service.pid() == pid or _exists(pid):
        if time.monotonic() > deadline:
            raise CommandError(
                UNREACHABLE,
                f"the {service.name} service (process {pid}) does not stop",
                f"its log is {service.log}",
            )
        time.sleep(_POLL_S)
    return True


def _exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # dead, and only waiting for its parent to ask


@contextmanager
def _start_lock(state: Path) -> Iterator[None]:
    """Let one process at a time start services."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (state / "start.lock").open("w")
    except OSError as error:
        raise CommandError(
            UNREACHABLE,
            f'the state directory "{state}" cannot be used: {error.strerror}',
            "set FRESHET_STATE_DIRECTORY to a directory that you may write to",
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check_settings(service: LocalService) -> None:
    """Refuse a service that was started for another Docker daemon or by another version."""
    try:
        recorded = json.loads(service.settings_file.read_bytes())
    except (FileNotFoundError, ValueError):
        return  # it was started by hand
    for name, value in _settings(service).items():
        if recorded.get(name) != value:
            raise CommandError(
                UNREACHABLE,
                f"the {service.name} service was started with {name} "
                f'"{recorded.get(name)}", and this command has "{value}"',
                "`freshet down` stops it; the next command starts it anew",
            )


def _settings(service: LocalService) -> dict[str, str]:
    settings = {"version": __version__}
    if service.name == "runner":
        settings["DOCKER_HOST"] = os.environ.get("DOCKER_HOST", "")
    return settings


def _spawn(service: LocalService) -> subprocess.Popen[bytes]:
    service.settings_file.write_text(json.dumps(_settings(service)), encoding="utf-8")
    with service.log.open("ab") as log:
        service.log.chmod(0o600)
        return subprocess.Popen(
            service.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=service.state,
            start_new_session=True,  # it outlives this command and its terminal
        )


def _wait_until_up(service: LocalService, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while not service.pid():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = service.log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise CommandError(
                UNREACHABLE,
                f"the {service.name} service does not start: "
                + "\n  ".join(["", *tail[-_LOG_TAIL_LINES:]]),
                f"its whole log is {service.log}",
            )
        time.sleep(_POLL_S)
