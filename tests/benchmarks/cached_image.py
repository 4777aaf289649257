"""A fully cached 10-step image, built and pushed again, against the docker command line."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from freshet.plan.v1.plan_pb2 import Plan
from freshet.rpc.addresses import parse_address
from freshet.rpc.connect import Endpoint, open_channel
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import Run, Workspace
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub
from tests.benchmarks.rows import Row, measure_in_turn
from tests.engine import Environment
from tests.integration.freshet_cli import Freshet

_ROUNDS = 11
_PIPELINE = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: bench/cached
    tag: ours
    registry: bench
"""
_DOCKERFILE = "FROM alpine:3.20\n" + "".join(f"RUN echo {n} > /{n}\n" for n in range(9))
_Work = Callable[[], None]


def cached_image_rows(environment: Environment, folder: Path) -> Iterator[Row]:
    """Measure in `folder`: a run with warm services, and a whole `freshet run`."""
    freshet = Freshet(environment=environment, state=folder / "state")
    directory = folder / "image"
    directory.mkdir()
    (directory / "codefresh.yml").write_text(_PIPELINE, encoding="utf-8")
    (directory / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    docker = _docker(environment, directory)
    try:
        freshet("up")
        freshet.add_registry("open", "bench")
        yield _row("cached-image-run", _warm_run(freshet, directory), docker, aim=1.2)
        yield _row("cached-image-command", _whole_run(freshet, directory), docker, aim=2.0)
    finally:
        freshet("down")


def _row(name: str, ours: _Work, docker: _Work, *, aim: float) -> Row:
    figure, peer_figure = measure_in_turn(ours, docker, _ROUNDS)
    return Row(
        name=name,
        figure=figure,
        unit="s",
        peer="docker build + docker push",
        peer_figure=peer_figure,
        aim=aim,
    )


def _docker(environment: Environment, directory: Path) -> _Work:
    """Return the same work, done by the command line of Docker with BuildKit."""
    reference = f"{environment.registries['open'].domain}/bench/cached:theirs"
    variables = {**os.environ, **environment.docker_cli_environment, "DOCKER_BUILDKIT": "1"}

    def work() -> None:
        for arguments in (
            ["docker", "build", "--quiet", "--tag", reference, str(directory)],
            ["docker", "push", "--quiet", reference],
        ):
            subprocess.run(
                environment.command(arguments), env=variables, check=True, capture_output=True
            )

    return work


def _warm_run(freshet: Freshet, directory: Path) -> _Work:
    """Return one run over an open channel, from `CreateRun` to its last event."""
    compiled = subprocess.run(
        freshet.command("compile", "--format", "binary", directory=directory),
        cwd=directory,
        env=freshet.process_environment,
        check=True,
        capture_output=True,
    )
    plan = Plan.FromString(compiled.stdout)
    address = parse_address(f"unix:{freshet.state}/runner.sock")
    stub = RunnerServiceStub(open_channel(Endpoint(address=address)))

    def work() -> None:
        created = stub.CreateRun(
            messages.CreateRunRequest(
                plan=plan,
                workspace=Workspace(local_directory=str(directory)),
                request_id=str(uuid.uuid4()),
            )
        ).run
        *_, last = stub.WatchRun(messages.WatchRunRequest(name=created.name))
        assert last.events[-1].run_state_change.state == Run.STATE_SUCCEEDED, last

    return work


def _whole_run(freshet: Freshet, directory: Path) -> _Work:
    """Return a `freshet run`, as a process of its own."""

    def work() -> None:
        done = freshet("run", directory=directory)
        assert done.returncode == 0, done.stdout + done.stderr

    return work
