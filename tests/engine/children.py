"""The programs that an attendant starts: dockerd and one docker-registry each."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType

from tests.engine.description import Description
from tests.engine.errors import StartFailed
from tests.engine.kinds import EXTERNAL, engine_of
from tests.engine.kit import Kit
from tests.engine.layout import Layout
from tests.engine.ping import answers
from tests.engine.process import Process
from tests.engine.registries import FAULT, Registry

DOCKERD = "dockerd"
"""Name of the daemon among the children; registries have their own."""
_REGISTRY_IMAGE = "registry:2"
_READY_LIMIT_S = 90.0
_LOOK_AGAIN_S = 0.02
_BOUND = ("setpriv", "--pdeathsig", "KILL")
"""A child does not outlive the attendant, however that ends."""


@dataclass(frozen=True, slots=True)
class _Replacement:
    """A child whose end is meant, for it is started again."""

    name: str
    begun: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True, kw_only=True)
class Children:
    """Child processes by name; leaving the block ends them."""

    layout: Layout
    description: Description
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _replacement: _Replacement | None = None

    def start(self) -> None:
        """Start them all at once."""
        if self.description.kind != EXTERNAL:
            self._start_dockerd()
        for registry in self._registries():
            self._start_registry(registry)

    def wait_for_registries(self) -> None:
        """Wait until every registry takes connections.

        Raises:
            StartFailed: a child has ended, or takes too long.
        """
        for registry in self._registries():
            self._wait(f"the registry {registry.name}", partial(_listens, registry))

    def wait_for_daemon(self) -> None:
        """Wait until the daemon answers.

        Raises:
            StartFailed: a child has ended, or takes too long.
        """
        self._wait("dockerd", partial(answers, self.description.docker_host))

    def wait_for_an_end(self) -> int:
        """Wait until one of them ends; return its exit code, which means nothing here."""
        while True:
            pid, status = os.wait()
            code = os.waitstatus_to_exitcode(status)
            name = next((n for n, child in self._running.items() if child.pid == pid), "a stranger")
            print(f"{name} ended with code {code}", flush=True)
            if self._replacement is None or self._replacement.name != name:
                return code
            self._running[name].returncode = code
            self._start_again(self._replacement)

    def replace(self, name: str) -> None:
        """Kill one child alone, and start another in its place; it need not answer yet.

        The thread that waits for ends starts it.

        Raises:
            StartFailed: the end of the child was not noticed.
        """
        self._replacement = replacement = _Replacement(name)
        self._running[name].send_signal(signal.SIGKILL)
        if not replacement.begun.wait(_READY_LIMIT_S):
            raise StartFailed(f"{name} was not started again")

    def _start_again(self, replacement: _Replacement) -> None:
        if replacement.name == DOCKERD:
            self._end_what_dockerd_left()
            self._start_dockerd()
        else:
            registry = self.description.registry(replacement.name)
            assert registry is not None
            self._start_registry(registry)
        self._replacement = None
        replacement.begun.set()

    def _end_what_dockerd_left(self) -> None:
        """Kill its containers and their keepers, which a new dockerd would long wait for."""
        kept = {child.pid for child in self._running.values()} | {1, os.getpid()}
        for entry in Path("/proc").iterdir():
            orphan = Process.of(int(entry.name)) if entry.name.isdigit() else None
            if orphan and orphan.pid not in kept:
                orphan.send(signal.SIGKILL)
                orphan.wait(_READY_LIMIT_S)
        for file in self.layout.docker_runtime.rglob("*.pid"):
            file.unlink(missing_ok=True)  # the numbers may be those of others by now

    def __enter__(self) -> "Children":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in self._running.values():
            child.terminate()
        for child in self._running.values():
            child.wait()

    def _registries(self) -> list[Registry]:
        return [one for one in self.description.registries if one.name != FAULT]

    def _wait(self, name: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _READY_LIMIT_S
        while not is_ready():
            if time.monotonic() > deadline:
                raise StartFailed(f"{name} did not answer within {_READY_LIMIT_S:.0f} s")
            for child_name, child in self._running.items():
                if child.poll() is not None:
                    raise StartFailed(f"{child_name} ended with code {child.returncode}")
            time.sleep(_LOOK_AGAIN_S)

    def _start_dockerd(self) -> None:
        self._start(DOCKERD, [DOCKERD], self.layout.docker_log, self._docker_environment())

    def _start_registry(self, registry: Registry) -> None:
        log = self.layout.registries / f"{registry.name}.log"
        self._start(registry.name, self._registry_command(registry), log, dict(os.environ))

    def _registry_command(self, registry: Registry) -> list[str]:
        settings = str(self.layout.registries / f"{registry.name}.yml")
        if self.description.kit:
            return [str(Kit(root=Path(self.description.kit)).registry), "serve", settings]
        return self._registry_in_container(registry, settings)

    def _registry_in_container(self, registry: Registry, settings: str) -> list[str]:
        """Return the command for a machine that cannot have the kit: the daemon runs it."""
        name = f"{self.layout.control_group}-{registry.name}"
        docker = ["docker", "--host", self.description.docker_host]
        subprocess.run([*docker, "rm", "--force", name], capture_output=True, check=False)
        folder = f"{self.layout.root}:{self.layout.root}"
        user = f"{os.getuid()}:{os.getgid()}"
        options = ["--rm", "--name", name, "--network", "host", "--volume", folder, "--user", user]
        return [*docker, "run", *options, _REGISTRY_IMAGE, "serve", settings]

    def _docker_environment(self) -> dict[str, str]:
        kit = Kit(root=Path(self.description.kit))
        engine = engine_of(self.description.kind)
        release = engine.release
        return {
            **engine.variables,
            "PATH": kit.search_path(release),
            "LD_LIBRARY_PATH": kit.library_path(release),
            "HOME": str(self.layout.root),
        }

    def _start(self, name: str, command: list[str], log: Path, environment: dict[str, str]) -> None:
        with log.open("ab") as output:
            self._running[name] = subprocess.Popen(
                [*_BOUND, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )


def _listens(registry: Registry) -> bool:
    try:
        socket.create_connection((registry.host, registry.port), timeout=1).close()
    except OSError:
        return False
    return True
