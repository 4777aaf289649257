"""A registry service and a runner service as processes of their own, that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from freshet.rpc.addresses import parse_address
from freshet.rpc.connect import Endpoint, open_channel
from freshet.runner.v1.runner_service_pb2 import GetRunnerRequest
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub
from tests.engine.environment import Environment
from tests.engine.process import Process

_PROJECT = Path(__file__).parents[2]
_START_LIMIT_S = 60.0
_LOOK_AGAIN_S = 0.02


@dataclass(slots=True, kw_only=True)
class Services:
    """The two services; their state lies in `folder` and outlives them."""

    folder: Path
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def endpoint(self) -> Endpoint:
        """Where the runner listens."""
        return Endpoint(address=parse_address(f"unix:{self.folder}/runner.sock"))

    def start(self, environment: Environment) -> None:
        """Start those that do not run, and wait until the runner answers."""
        self._start("registry", [], None)
        registry = f"unix:{self.folder}/registry.sock"
        options = ["--registry-service", registry, "--docker-host", environment.docker_host]
        self._start("runner", options, environment)
        deadline = time.monotonic() + _START_LIMIT_S
        with open_channel(self.endpoint) as channel:
            while not _answers(RunnerServiceStub(channel)):
                assert time.monotonic() < deadline, self.log("runner")
                assert self._children["runner"].poll() is None, self.log("runner")
                time.sleep(_LOOK_AGAIN_S)

    def kill(self, name: str) -> None:
        """Kill a service at once."""
        family = self.family(name)
        child = self._children.pop(name)
        for process in family:
            process.send(signal.SIGKILL)
        child.wait()

    def family(self, name: str) -> list[Process]:
        """Return the process of a service, and those that it was started by way of, or started."""
        family = [found for found in [Process.of(self._children[name].pid)] if found]
        return family + [below for process in family for below in process.descendants()]

    def log(self, name: str) -> str:
        """Return what a service said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def _start(self, name: str, options: list[str], environment: Environment | None) -> None:
        if name in self._children:
            return
        command = [sys.executable, "-m", f"{name}_service"]
        command += ["--listen", f"unix:{self.folder}/{name}.sock"]
        command += ["--state-directory", str(self.folder / name), *options]
        variables = {
            **os.environ,
            "PYTHONPATH": f"{_PROJECT}:{_PROJECT / 'protos'}",
            "TMPDIR": str(self.folder / "tmp"),
        }
        with (self.folder / f"{name}.log").open("ab") as output:
            self._children[name] = subprocess.Popen(
                environment.command(command, self.folder) if environment else command,
                cwd=self.folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )


@contextmanager
def services_in(folder: Path) -> Iterator[Services]:
    """Keep the state of services in `folder`; those that run at the end are killed."""
    (folder / "tmp").mkdir()
    services = Services(folder=folder)
    try:
        yield services
    finally:
        for name in ("runner", "registry"):
            with suppress(KeyError):
                services.kill(name)


def _answers(stub: RunnerServiceStub) -> bool:
    try:
        return bool(stub.GetRunner(GetRunnerRequest(), timeout=30).runner.version)
    except grpc.RpcError:
        return False
