"""Kills runner, dockerd and registry while runs go on, and looks at what came of the runs.

What must hold: an event that was told is there afterwards; what is reported as pushed can be
fetched by its digest; nothing is done twice without a word; each run ends; nothing is left behind.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from freshet.plan.v1 import operation_pb2 as operations
from freshet.plan.v1.expression_pb2 import Template, TemplatePart
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.runner.v1.run_pb2 import PushedImage, Run, Workspace
from freshet.runner.v1.runner_service_pb2 import CreateRunRequest
from tests.crash.engine import kill_program, own_engine, started_engine
from tests.crash.followed import FollowedRun
from tests.crash.rounds import Lost
from tests.crash.services import Services, services_in
from tests.engine.environment import Environment

_LONGEST_LIFE_S = 2.5
_PAUSE_S = 1.0
"""Longest time between the death of the engine and that of the runner beside it."""
_TAGS = ("first", "second")
_TARGETS = ("runner",) * 6 + ("dockerd", "docker-registry", "docker-registry", "dockerd")
"""What is killed, as often as it is here. Those of the engine take seconds to come back."""
_NEWS_EVERY = 10
_DOCKERFILE = """\
FROM alpine:3.20
RUN for i in $(seq 300); do echo "line $i of {unique}"; done; sleep {seconds:.2f}
RUN echo {unique} > /unique
"""


@dataclass(slots=True)
class RunTally:
    """What happened in all rounds."""

    kills: int = 0
    runs: int = 0
    succeeded: int = 0
    acknowledged: int = 0
    """Events that were told before or after a kill, all of them found again."""
    pushed: int = 0
    """Tags that were reported as pushed, all of them fetched."""
    repeated: int = 0
    """Operations that were done again, all of them told."""
    failures: Counter[str] = field(default_factory=Counter)
    """Reasons of the runs that failed."""


@dataclass(slots=True, kw_only=True)
class _Ground:
    """Where the rounds take place."""

    environment: Environment
    services: Services
    chance: random.Random
    tally: RunTally = field(default_factory=RunTally)


def run_rounds(kills: int, seed: int) -> RunTally:
    """Kill something `kills` times.

    Raises:
        Lost: with the seed and the number of the round.
    """
    with own_engine(), tempfile.TemporaryDirectory(prefix="freshet-runs-") as folder:
        environment = started_engine()
        before = _on_the_daemon(environment)
        with services_in(Path(folder)) as services:
            services.start(environment)
            ground = _Ground(environment=environment, services=services, chance=random.Random(seed))
            for number in range(kills):
                try:
                    _round(ground, number)
                    _check_leftovers(ground, before)
                except Lost as error:
                    log = services.log("runner")[-3000:]
                    raise Lost(f"seed {seed}, round {number}: {error}\n{log}") from error
                if (number + 1) % _NEWS_EVERY == 0:
                    print(f"{number + 1} kills: {ground.tally}", file=sys.stderr, flush=True)
            return ground.tally


def _round(ground: _Ground, number: int) -> None:
    runs = [_new_run(ground, f"{number}-{count}") for count in range(ground.chance.choice((1, 2)))]
    for each in runs:
        each.start()
    time.sleep(ground.chance.uniform(0.05, _LONGEST_LIFE_S))
    _kill(ground, ground.chance.choice(_TARGETS))
    ground.tally.kills += 1
    for followed in runs:
        run = followed.wait()
        ground.tally.runs += 1
        ground.tally.acknowledged += len(followed.seen)
        _check_end(ground, run)


def _kill(ground: _Ground, target: str) -> None:
    """Kill a program, and start again what is not there any more."""
    if target != "runner":
        kill_program(ground.environment, target)
        # The network of the engine is gone with it, so that the runner needs another one too.
        time.sleep(ground.chance.uniform(0, _PAUSE_S))
    ground.services.kill("runner")
    ground.environment = started_engine()
    ground.services.start(ground.environment)


def _new_run(ground: _Ground, unique: str) -> FollowedRun:
    directory = ground.services.folder / f"app-{unique}"
    directory.mkdir()
    seconds = ground.chance.uniform(0, 0.6)
    dockerfile = _DOCKERFILE.format(unique=unique, seconds=seconds)
    (directory / "Dockerfile").write_text(dockerfile)
    build = operations.BuildOperation(image_name=_text("app"), tags=[_text(unique)])
    domain = ground.environment.registries["open"].domain
    push = operations.PushOperation(
        image=operations.ImageSource(step_id="image"),
        tags=[_text(tag) for tag in _TAGS],
        inline=operations.InlineDestination(
            domain=_text(domain), image_name=_text(f"crash/{unique}")
        ),
    )
    parts = [operations.Operation(build=build), operations.Operation(push=push)]
    request = CreateRunRequest(
        plan=Plan(steps=[Step(id="image", operations=parts)]),
        workspace=Workspace(local_directory=str(directory)),
    )
    return FollowedRun(request, ground.services.endpoint)


def _text(value: str) -> Template:
    return Template(parts=[TemplatePart(text=value)])


def _check_end(ground: _Ground, run: Run) -> None:
    pushed = [
        image
        for step_run in run.step_runs
        for operation_run in step_run.operation_runs
        for image in operation_run.pushed_images.pushed_images
    ]
    for image in pushed:
        _check_fetchable(ground.environment, run, image)
    ground.tally.pushed += len(pushed)
    ground.tally.repeated += sum(
        each.attempt_count - 1
        for step in run.step_runs
        for each in step.operation_runs
        if each.attempt_count
    )
    if run.state == Run.STATE_SUCCEEDED:
        ground.tally.succeeded += 1
        if sorted(image.tag for image in pushed) != sorted(_TAGS):
            raise Lost(f"{run.name} succeeded, and pushed {[image.tag for image in pushed]}")
    elif run.state == Run.STATE_FAILED and run.failure.reason:
        ground.tally.failures[run.failure.reason] += 1
    else:
        raise Lost(f"{run.name} ended as {Run.State.Name(run.state)} without a reason")


def _check_fetchable(environment: Environment, run: Run, image: PushedImage) -> None:
    path = image.repository.partition("/")[2]
    for reference in (image.digest, image.tag):
        answer = environment.fetch("open", "GET", f"/v2/{path}/manifests/{reference}")
        if answer.status != 200:
            raise Lost(f"{run.name} reports {image.repository}:{image.tag}, which is not there")
    digest = answer.headers.get("docker-content-digest")
    if digest != image.digest:
        raise Lost(f"{run.name} reports {image.tag} as {image.digest}, and it is {digest}")


def _check_leftovers(ground: _Ground, before: set[str]) -> None:
    """Look whether there is more on the daemon than at the beginning, and files of the runner."""
    left = _on_the_daemon(ground.environment) - before
    # A build that was cut off ends a moment after its run.
    for _ in range(50):
        if not left:
            break
        time.sleep(0.1)
        left = _on_the_daemon(ground.environment) - before
    if left:
        raise Lost(f"left behind on the daemon: {sorted(left)}")
    temporary = ground.services.folder / "tmp"
    files = [path for path in temporary.rglob("*") if path.parent != temporary]
    for _ in range(50):
        if not files:
            break
        time.sleep(0.1)
        files = [path for path in temporary.rglob("*") if path.parent != temporary]
    if files:
        raise Lost(f"left behind: {files}")


def _on_the_daemon(environment: Environment) -> set[str]:
    """Return the containers, networks and volumes there are."""
    found = set()
    for kind, command in (
        ("container", ("ps", "--all", "--quiet", "--no-trunc")),
        ("network", ("network", "ls", "--format", "{{.Name}}")),
        ("volume", ("volume", "ls", "--quiet")),
    ):
        done = environment.docker(*command)
        if done.returncode:
            raise Lost(f"docker {' '.join(command)}: {done.stderr}")
        found |= {f"{kind} {name}" for name in done.stdout.split()}
    return found
