"""A warm runner and its peer, both of whom get the same work."""

from __future__ import annotations

import os
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from freshet.plan.v1.plan_pb2 import Plan
from freshet.rpc.addresses import Address, parse_address
from freshet.rpc.connect import Endpoint, open_channel
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import Run, RunEvent, Workspace
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub
from tests.engine import DOCKER_20, Environment
from tests.engine.kinds import engine_of
from tests.engine.kit import Kit
from tests.integration.freshet_cli import Freshet

if TYPE_CHECKING:  # takes parameters in its stubs alone
    import grpc

Work = Callable[[], None]
_LIMIT_S = 180.0
"""Of one build or push; nothing measured here should take near as long."""
_PROCESS = re.compile(r"^runner service: .*\(process (\d+)\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Services of Freshet that run, and Docker beside them."""

    freshet: Freshet
    folder: Path
    runner_pid: int

    @property
    def environment(self) -> Environment:
        """The engine that both work on."""
        return self.freshet.environment

    @property
    def address(self) -> Address:
        """Where the runner listens."""
        return parse_address(f"unix:{self.freshet.state}/runner.sock")

    def channel(self) -> grpc.Channel:
        """Open a way to the runner."""
        return open_channel(Endpoint(address=self.address))

    def directory(self, name: str, **files: str) -> Path:
        """Make a directory of that name with files; `_` in their names stands for a dot."""
        directory = self.folder / name
        directory.mkdir()
        for file, text in files.items():
            (directory / file.replace("_", ".")).write_text(text, encoding="utf-8")
        return directory

    def request(self, directory: Path) -> messages.CreateRunRequest:
        """Compile the pipeline of a directory."""
        compiled = subprocess.run(
            self.freshet.command("compile", "--format", "binary", directory=directory),
            cwd=directory,
            env=self.freshet.process_environment,
            check=True,
            capture_output=True,
        )
        return messages.CreateRunRequest(
            plan=Plan.FromString(compiled.stdout),
            workspace=Workspace(local_directory=str(directory)),
        )

    def run(self, directory: Path) -> Work:
        """Return one run of the pipeline of a directory, from `CreateRun` to its last event."""
        request, stub = self.request(directory), RunnerServiceStub(self.channel())

        def work() -> None:
            *_, last = events_of(stub, request)
            assert last.run_state_change.state == Run.STATE_SUCCEEDED, last

        return work

    def docker(self, *arguments: str, release: str = "", typed: str = "") -> None:
        """Run the command line of Docker, with BuildKit; of another release if that is said."""
        done = subprocess.run(
            self.environment.command(["docker", *arguments]),
            env=self.docker_environment(release),
            input=typed,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def docker_environment(self, release: str = "") -> dict[str, str]:
        """Return the variables that `docker` gets."""
        variables = {**os.environ, **self.environment.docker_cli_environment}
        if release:
            kit = Kit(root=Path(self.environment.description.kit))
            programs = kit.client_programs(engine_of(release).release)
            variables["PATH"] = f"{programs}:{os.environ['PATH']}"
        return {**variables, "DOCKER_BUILDKIT": "1"}

    @property
    def clients(self) -> dict[str, str]:
        """The clients that build with BuildKit, by what a row calls them: their releases."""
        clients = {"docker build (buildx)": ""}
        if self.environment.is_private:
            clients["docker build (20.10)"] = DOCKER_20
        return clients

    def builders(self, *arguments: str) -> dict[str, Work]:
        """Return `docker build` by each client."""
        return {
            name: partial(self.docker, "build", "--quiet", *arguments, release=release)
            for name, release in self.clients.items()
        }

    def forget_builds(self) -> None:
        """Delete what builds left behind, if the engine is nobody's own."""
        if self.environment.is_private:
            self.docker("builder", "prune", "--all", "--force")
            self.docker("image", "prune", "--force")


def pipeline_that_builds(image_name: str, *more: str) -> str:
    """Return a pipeline of one build without a push; `more` are lines of the step."""
    lines = ["type: build", f"image_name: {image_name}", "tag: ours", "disable_push: true", *more]
    return "version: '1.0'\nsteps:\n  image:\n" + "".join(f"    {line}\n" for line in lines)


@contextmanager
def bench_on(environment: Environment, folder: Path, *options: str) -> Iterator[Bench]:
    """Start services, with one registry `bench`; they end with the block."""
    freshet = Freshet(environment=environment, state=folder / "state")
    try:
        started = freshet("up", *options)
        found = _PROCESS.search(started.stdout)
        assert found, started.stdout + started.stderr
        freshet.add_registry("open", "bench")
        yield Bench(freshet=freshet, folder=folder, runner_pid=int(found[1]))
    finally:
        freshet("down")


def events_of(stub: RunnerServiceStub, request: messages.CreateRunRequest) -> Iterator[RunEvent]:
    """Create a run and yield its events."""
    asked = messages.CreateRunRequest()
    asked.CopyFrom(request)
    asked.request_id = str(uuid.uuid4())
    created = stub.CreateRun(asked, timeout=_LIMIT_S).run
    asked_events = messages.WatchRunRequest(name=created.name)
    for response in stub.WatchRun(asked_events, timeout=_LIMIT_S):
        yield from response.events
