"""Whatever goes wrong: reported as pushed if, and only if, it can be fetched by its digest.

Where nobody can know, that is what is to be reported.

More by hand: FRESHET_TEST_SCHEDULES=10000 FRESHET_TEST_SCHEDULE_SEED=7.
"""

import asyncio
import os
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from freshet.runner.v1.run_pb2 import Run
from tests.engine import Environment, available_kinds
from tests.integration.pushing import Pushing, is_unverified, login_to, push_of, pushed_by, pushing
from tests.integration.schedules import Schedule, schedule

_SEED = int(os.environ.get("FRESHET_TEST_SCHEDULE_SEED", "20261128"))
_COUNT = int(os.environ.get("FRESHET_TEST_SCHEDULES", "210")) // len(available_kinds())
_TAGS = ("1", "2")
_AT_ONCE = 12


@pytest.mark.timeout(120 + _COUNT * 2)
async def test_reported_as_pushed_if_and_only_if_it_can_be_fetched(
    engine: Environment, tmp_path: Path
) -> None:
    random, containerd = Random(f"{_SEED} {engine.kind}"), engine.kind.endswith("containerd")
    drawn = [
        schedule(random, f"schedule/{os.getpid()}-{number}", slow_uploads=not containerd)
        for number in range(_COUNT)
    ]
    async with pushing(engine, tmp_path) as subject:
        subject.load(*(f"{each.repository}:1" for each in drawn))
        with engine.faults() as faults:
            faults.inject(*(fault for each in drawn for fault in each.faults))
            slots = asyncio.Semaphore(_AT_ONCE)
            runs = await asyncio.gather(*(_push(subject, each, slots) for each in drawn))
            wrong = [
                f"{each}: {trouble}; {run.failure.reason} {run.failure.message}"
                for each, run in zip(drawn, runs, strict=True)
                for trouble in _lies(engine, each, run)
            ]

    assert not wrong, "\n".join(wrong)


async def _push(subject: Pushing, each: Schedule, slots: asyncio.Semaphore) -> Run:
    registry = subject.environment.registries["fault"]
    plan = push_of(f"{each.repository}:1", f"{registry.domain}/{each.repository}", *_TAGS)
    async with slots:
        run, _ = await subject.run(plan, {"there": login_to(registry)})
    return run


def _lies(engine: Environment, each: Schedule, run: Run) -> list[str]:
    """Return what is told and not so; the registry is asked beside the proxy."""
    told = {image.tag: image.digest for image in pushed_by(run)}
    lies = []
    if each.passing != (run.state == Run.STATE_SUCCEEDED):
        lies.append("it should have ended otherwise")
    for tag in _TAGS:
        by_tag = engine.fetch("open", "GET", f"/v2/{each.repository}/manifests/{tag}")
        if tag not in told:
            if by_tag.status == 200 and not is_unverified(run, tag):
                lies.append(f"{tag} is there and told to have failed")
            continue
        by_digest = engine.fetch("open", "GET", f"/v2/{each.repository}/manifests/{told[tag]}")
        if f"sha256:{sha256(by_digest.body).hexdigest()}" != told[tag]:
            lies.append(f"{tag} cannot be fetched by its digest")
        if by_tag.headers["Docker-Content-Digest"] != told[tag]:
            lies.append(f"{tag} is another image")
    return lies
