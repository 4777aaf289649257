"""Kills runner, dockerd and registry while runs go on, and looks at what came of the runs.

What must hold: an event that was told is there afterwards; what is reported as pushed can be
fetched by its digest; what is there is not reported as failed; nothing is done twice without a
word; each run ends; nothing is left behind.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from freshet.plan.v1 import operation_pb2 as operations
from freshet.plan.v1.expression_pb2 import Template, TemplatePart
from freshet.plan.v1.plan_pb2 import Plan, Step
from freshet.runner.v1.run_pb2 import OperationRun, Run, Workspace
from freshet.runner.v1.runner_service_pb2 import CreateRunRequest
from tests.crash.engine import (
    kill_program,
    own_engine,
    replace_daemon,
    replace_registry,
    started_engine,
)
from tests.crash.followed import FollowedRun
from tests.crash.leftovers import (
    Before,
    check_leftovers,
    open_uploads,
    untagged_images,
    what_there_is,
)
from tests.crash.reports import check_reports
from tests.crash.rounds import Lost
from tests.crash.services import Services, services_in
from tests.engine.environment import Environment

_LONGEST_LIFE_S = 2.5
_LONGEST_BUILD_S = 5.0
_LONGEST_PUSH_S = 0.6
_LOOK_AGAIN_S = 0.01
_PAUSE_S = 1.0
"""Longest time between the death of the engine and that of the runner beside it."""
_TAGS = ("first", "second")
_TARGETS = ("runner",) * 5 + ("engine",) * 2 + ("daemon",) * 4 + ("registry",) * 3
"""What is killed, as often as it is here. With an engine go its network, and so the runner."""
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
    targets: Counter[str] = field(default_factory=Counter)
    """What was killed."""
    untagged: int = 0
    """Images of daemons that died before they gave them a name."""
    uploads: Counter[str] = field(default_factory=Counter)
    """Those that were begun and never ended, by whose they were."""


@dataclass(slots=True, kw_only=True)
class _Ground:
    """Where the rounds take place."""

    environment: Environment
    services: Services
    chance: random.Random
    tally: RunTally = field(default_factory=RunTally)
    promised: set[str] = field(default_factory=set)
    """Images that the runs so far may leave on the daemon, by name or id."""


def run_rounds(kills: int, seed: int) -> RunTally:
    """Kill something `kills` times.

    Raises:
        Lost: with the seed and the number of the round.
    """
    with own_engine(), tempfile.TemporaryDirectory(prefix="freshet-runs-") as folder:
        environment = started_engine()
        with services_in(Path(folder)) as services:
            services.start(environment)
            before = what_there_is(environment, services)
            ground = _Ground(environment=environment, services=services, chance=random.Random(seed))
            for number in range(kills):
                try:
                    _round(ground, number, before)
                except Lost as error:
                    logs = services.log("runner")[-3000:], _daemon_log(ground)[-3000:]
                    told = "\n".join((*logs, f"seed {seed}, round {number}: {error}"))
                    raise Lost(told) from error
                if (number + 1) % _NEWS_EVERY == 0:
                    print(f"{number + 1} kills: {ground.tally}", file=sys.stderr, flush=True)
            return ground.tally


def _daemon_log(ground: _Ground) -> str:
    return ground.environment.docker_log.read_text(errors="replace")


def _round(ground: _Ground, number: int, before: Before) -> None:
    names = [f"{number}-{count}" for count in range(ground.chance.choice((1, 2)))]
    runs = [_new_run(ground, name) for name in names]
    for each in runs:
        each.start()
    _wait_for_the_moment(ground.chance, runs)
    target = ground.chance.choice(_TARGETS)
    _kill(ground, target)
    ground.tally.kills += 1
    ground.tally.targets[target] += 1
    for name, followed in zip(names, runs, strict=True):
        run = followed.wait()
        ground.tally.runs += 1
        ground.tally.acknowledged += len(followed.seen)
        _check_end(ground, run, name)
        _check_uploads(ground, name, target)
        ground.promised |= _promised(ground.environment, name)
    if target in ("daemon", "engine"):
        untagged = untagged_images(ground.environment) - ground.promised
        ground.promised |= untagged
        ground.tally.untagged += len(untagged)
    check_leftovers(ground.environment, ground.services, before, ground.promised)


def _wait_for_the_moment(chance: random.Random, runs: Sequence[FollowedRun]) -> None:
    """Wait until something is to be killed: half the time at any moment, else in a push."""
    deadline = time.monotonic() + chance.uniform(0.05, _LONGEST_LIFE_S)
    into_push_s = chance.uniform(0, _LONGEST_PUSH_S)
    if chance.random() < 0.5:
        deadline = time.monotonic() + _LONGEST_BUILD_S
        while time.monotonic() < deadline and not any(map(_is_pushing, runs)):
            time.sleep(_LOOK_AGAIN_S)
        deadline = time.monotonic() + into_push_s
    time.sleep(max(0.0, deadline - time.monotonic()))


def _is_pushing(followed: FollowedRun) -> bool:
    states = [
        event.step_run.operation_runs for event in followed.seen if event.HasField("step_run")
    ]
    return bool(states) and states[-1][1].state == OperationRun.STATE_RUNNING


def _kill(ground: _Ground, target: str) -> None:
    """Kill a program, and start again what is not there any more."""
    match target:
        case "daemon":
            replace_daemon(ground.environment)
        case "registry":
            replace_registry(ground.environment)
        case "engine":
            kill_program(ground.environment, ground.chance.choice(("dockerd", "docker-registry")))
            # Its network is gone with it, so that the runner needs another one too.
            time.sleep(ground.chance.uniform(0, _PAUSE_S))
            _restart_runner(ground)
        case _:
            _restart_runner(ground)


def _restart_runner(ground: _Ground) -> None:
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


def _promised(environment: Environment, unique: str) -> set[str]:
    """Return the names of images that a run may leave: what was built, and the first push."""
    domain = environment.registries["open"].domain
    return {f"app:{unique}", f"{domain}/crash/{unique}:{_TAGS[0]}"}


def _check_end(ground: _Ground, run: Run, unique: str) -> None:
    pushed = check_reports(ground.environment, run, f"crash/{unique}", _TAGS)
    ground.tally.pushed += len(pushed)
    ground.tally.repeated += sum(
        each.attempt_count - 1
        for step in run.step_runs
        for each in step.operation_runs
        if each.attempt_count
    )
    if run.state == Run.STATE_SUCCEEDED:
        ground.tally.succeeded += 1
    elif run.state == Run.STATE_FAILED and run.failure.reason:
        ground.tally.failures[run.failure.reason] += 1
    else:
        raise Lost(f"{run.name} ended as {Run.State.Name(run.state)} without a reason")


def _check_uploads(ground: _Ground, unique: str, target: str) -> None:
    """Allow one upload of the runner where it, or the registry, was killed in the middle of it."""
    left = open_uploads(ground.environment, f"crash/{unique}")
    ground.tally.uploads += Counter(runner=left.of_runner, daemon=left.of_daemon)
    if left.of_runner > (0 if target == "daemon" else 1):
        raise Lost(f"the runner left {left.of_runner} uploads to crash/{unique}")
