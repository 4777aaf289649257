"""Compares what a run tells of its pushes with what the registry has."""

from __future__ import annotations

from collections.abc import Sequence

from freshet.runner.v1.run_pb2 import PushedImage, Run
from tests.crash.rounds import Lost
from tests.engine.environment import Environment
from tests.engine.registries import OPEN
from tests.integration.pushing import is_unverified, pushed_by


def check_reports(
    environment: Environment, run: Run, path: str, tags: Sequence[str]
) -> list[PushedImage]:
    """Return what a run tells as pushed, of `tags` of the repository at `path`.

    Raises:
        Lost: something is told that is not there, or there and told to have failed.
    """
    pushed = pushed_by(run)
    for image in pushed:
        _check_fetchable(environment, run, image)
    told = {image.tag for image in pushed}
    if run.state == Run.STATE_SUCCEEDED and told != set(tags):
        raise Lost(f"{run.name} succeeded, and pushed {sorted(told)}")
    for tag in set(tags) - told:
        there = _digest(environment, path, tag)
        if there and not is_unverified(run, tag):
            raise Lost(
                f"{run.name} has pushed {tag} as {there}, and tells that it failed: "
                f"{run.failure.reason}, {run.failure.message}"
            )
    return pushed


def _check_fetchable(environment: Environment, run: Run, image: PushedImage) -> None:
    path = image.repository.partition("/")[2]
    by_digest = _digest(environment, path, image.digest)
    by_tag = _digest(environment, path, image.tag)
    if not by_digest or not by_tag:
        raise Lost(f"{run.name} reports {image.repository}:{image.tag}, which is not there")
    if by_tag != image.digest:
        raise Lost(f"{run.name} reports {image.tag} as {image.digest}, and it is {by_tag}")


def _digest(environment: Environment, path: str, reference: str) -> str:
    """Return the digest of what a tag or digest names; empty: there is nothing."""
    answer = environment.fetch(OPEN, "GET", f"/v2/{path}/manifests/{reference}")
    return answer.headers["docker-content-digest"] if answer.status == 200 else ""
