"""Provenance of pushed images in registries that list what is attached to them; all are fakes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1.run_pb2 import PushedImage, Run
from runner_service.daemon.errors import FailureReason
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.port import Credentials
from runner_service.transfers import Refusal
from tests.contract.runner import PASSWORD, Harness, build_step, push_step, serving

PLAN = Plan(steps=[build_step(), push_step("send", "a", "b")])


@pytest.fixture
def registry() -> FakeRegistry:
    account = Credentials(username="ann", password=PASSWORD)
    return FakeRegistry(domain="mine.test", account=account, referrers={})


@pytest.fixture
async def harness(tmp_path: Path, registry: FakeRegistry) -> AsyncIterator[Harness]:
    async with serving(tmp_path, FakeDaemon(registry)) as harness:
        (harness.directory / "Dockerfile").write_text("FROM alpine:3.20\nRUN true\n")
        yield harness


def pushed(run: Run) -> list[PushedImage]:
    return list(run.step_runs[1].operation_runs[0].pushed_images.pushed_images)


async def test_provenance_is_attached_once_for_all_tags(
    harness: Harness, registry: FakeRegistry
) -> None:
    run = await harness.run(PLAN)

    first, second = pushed(run)
    assert registry.referrers is not None
    ((path, subject), (manifest,)) = next(iter(registry.referrers.items()))
    assert (path, subject) == ("app", first.digest)
    assert first.provenance_digest == second.provenance_digest
    assert first.provenance_digest == f"sha256:{sha256(manifest).hexdigest()}"
    told = json.loads(manifest)
    assert told["artifactType"] == "application/vnd.in-toto+json"
    assert told["subject"]["digest"] == first.digest
    (layer,) = told["layers"]
    assert registry.blobs["app", layer["digest"]] == first.provenance
    assert layer["size"] == len(first.provenance)
    assert layer["annotations"] == {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"}
    assert registry.blobs["app", told["config"]["digest"]] == b"{}"


async def test_registry_without_such_a_list_gets_nothing(
    harness: Harness, registry: FakeRegistry
) -> None:
    registry.referrers = None

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED
    assert [image.provenance_digest for image in pushed(run)] == ["", ""]
    assert all(image.provenance for image in pushed(run))
    assert not registry.blobs


@pytest.mark.parametrize("operation", ["lists_referrers", "has_blob", "upload_blob"])
async def test_image_is_pushed_also_where_nothing_can_be_attached(
    harness: Harness, operation: str
) -> None:
    refusal = Refusal("HTTP 403: no artifacts here", FailureReason.DENIED)
    harness.remotes.refuse_next(operation, refusal)  # type: ignore[arg-type]  # by the parameters

    run = await harness.run(PLAN)

    assert run.state == Run.STATE_SUCCEEDED
    assert [image.provenance_digest for image in pushed(run)] == ["", ""]
    notices = [event.notice for event in await harness.events(run.name)]
    (told,) = [each for each in notices if each.reason == "PROVENANCE_NOT_ATTACHED"]
    assert "HTTP 403: no artifacts here" in told.message
