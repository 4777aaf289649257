"""What clients learn about where steps push and how they pull."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.repository_pb2 import RepositoryQuery
from tests.contract.registry import Harness, ghcr, hub, refused, serving

_Code = grpc.StatusCode


@pytest.fixture
async def harness(tmp_path: Path, store_url: str) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state", store_url) as harness:
        yield harness


async def test_repositories_are_resolved(harness: Harness) -> None:
    await harness.create("hub", hub())
    await harness.create("mine", ghcr(repository_prefix="acme"))
    push = RepositoryQuery.PURPOSE_PUSH
    queries = [
        RepositoryQuery(purpose=push, image_name="ann/app"),
        RepositoryQuery(purpose=push, image_name="app", registry_id="mine"),
        RepositoryQuery(purpose=push, image_name="acme/app", registry_id="mine"),
        RepositoryQuery(purpose=push, image_name="app", registry_id="Mine"),
    ]

    response = await harness.stub.ResolveRepositories(
        messages.ResolveRepositoriesRequest(queries=queries)
    )

    default, named, doubled, unknown = response.resolutions
    assert default.repository.registry == "registries/hub"
    assert default.repository.repository == "docker.io/ann/app"
    assert [warning.code for warning in default.warnings] == [203]
    assert named.repository.repository == "ghcr.io/acme/app"
    assert doubled.repository.repository == "ghcr.io/acme/acme/app"
    assert [warning.reason for warning in doubled.warnings] == ["PREFIX_DOUBLED"]
    assert unknown.fault.code == 202
    assert unknown.fault.help == "did you mean `mine`?"


async def test_names_are_checked_beside_the_destination(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", ghcr())
    build, pull = RepositoryQuery.PURPOSE_BUILD, RepositoryQuery.PURPOSE_PULL
    queries = [
        RepositoryQuery(
            purpose=build, registry_id="one", registry_contexts=["two", "no", "one"],
            ecr_required=True, google_login_required=True,
        ),
        RepositoryQuery(purpose=build, registry_id="no", image_name="app", push_disabled=True),
        RepositoryQuery(purpose=build, image_name="app", push_disabled=True),
        RepositoryQuery(purpose=pull, registry_contexts=["one"]),
    ]  # fmt: skip

    response = await harness.stub.ResolveRepositories(
        messages.ResolveRepositoriesRequest(queries=queries)
    )

    all_at_once, unknown, disabled, pulling = response.resolutions
    assert all_at_once.repository.registry == "registries/one"
    assert all_at_once.repository.repository == ""
    assert [(fault.code, fault.field) for fault in all_at_once.step_faults] == [
        (202, "registry_contexts[1]"),
        (207, "registry_contexts[2]"),
        (206, "ecr_required"),
        (206, "google_login_required"),
    ]
    assert (unknown.fault.code, unknown.fault.field) == (202, "registry_id")
    assert disabled.omission.reason == "PUSH_DISABLED"
    assert pulling.omission.reason == "PULL_ONLY"
    assert not pulling.step_faults


async def test_query_without_purpose_is_refused(harness: Harness) -> None:
    queries = [RepositoryQuery(image_name="app")]

    failure = await refused(
        harness.stub.ResolveRepositories(messages.ResolveRepositoriesRequest(queries=queries))
    )

    assert [field for field, _ in failure.violations] == ["queries[0].purpose"]


async def test_pull_registries_are_found(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", ghcr())
    domains = ["ghcr.io", "quay.io", ""]

    async def found(*contexts: str) -> list[tuple[str, str]]:
        request = messages.FindPullRegistriesRequest(domains=domains, registry_contexts=contexts)
        response = await harness.stub.FindPullRegistries(request)
        return [(pull.domain, pull.registry) for pull in response.pull_registries]

    anonymous = [("quay.io", ""), ("docker.io", "")]
    assert await found() == [("ghcr.io", "registries/one"), *anonymous]
    assert await found("two") == [("ghcr.io", "registries/two"), *anonymous]
    assert (await refused(found("none"))).code == _Code.NOT_FOUND
    failure = await refused(found("one", "two"))
    assert (failure.code, failure.metadata["code"]) == (_Code.INVALID_ARGUMENT, "207")
