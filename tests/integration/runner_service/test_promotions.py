"""Promotions of images that registries have: nothing of them is lost on the way."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from freshet.plan.v1.operation_pb2 import RegistrySelector
from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1.run_pb2 import Run
from runner_service.registries import Login
from runner_service.transfers import Blob, Manifest, RemoteRegistry
from tests.engine import Account, Environment
from tests.engine.registries import BASIC, TOKEN
from tests.integration.pushing import Pushing, login_to, push_of, pushed_by, pushing

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
PLATFORMS = ("amd64", "arm64", "s390x")


@pytest.fixture
async def subject(engine: Environment, tmp_path: Path) -> AsyncIterator[Pushing]:
    async with pushing(engine, tmp_path) as subject:
        yield subject


def unique(owner: str) -> str:
    return f"{owner}/{uuid.uuid4().hex[:12]}"


async def seed(subject: Pushing, login: Login, path: str) -> Manifest:
    """Put an image of three platforms into a registry, with the tag `1`; return its index."""
    async with subject.transfers.remotes.open(login) as remote:
        platforms = [await _put_platform(remote, path, name) for name in PLATFORMS]
        index = _manifest(INDEX, manifests=platforms)
        await remote.put_manifest(path, "1", index)
    return index


async def _put_platform(remote: RemoteRegistry, path: str, architecture: str) -> dict[str, object]:
    config = json.dumps({"architecture": architecture, "os": "linux"}).encode()
    parts = [await _put_blob(remote, path, each) for each in (config, secrets.token_bytes(70_000))]
    image = _manifest(IMAGE, config=parts[0], layers=parts[1:])
    await remote.put_manifest(path, image.digest, image)
    platform = {"architecture": architecture, "os": "linux"}
    size = len(image.body)
    return {"mediaType": IMAGE, "digest": image.digest, "size": size, "platform": platform}


async def _put_blob(remote: RemoteRegistry, path: str, content: bytes) -> dict[str, object]:
    digest = f"sha256:{sha256(content).hexdigest()}"

    async def read() -> AsyncGenerator[bytes]:
        yield content

    await remote.upload_blob(path, Blob(digest=digest, size_bytes=len(content)), read)
    return {"mediaType": "application/octet-stream", "digest": digest, "size": len(content)}


def _manifest(media_type: str, **parts: object) -> Manifest:
    body = json.dumps({"schemaVersion": 2, "mediaType": media_type, **parts}).encode()
    digest = f"sha256:{sha256(body).hexdigest()}"
    return Manifest(digest=digest, media_type=media_type, body=body)


def platforms_in(
    environment: Environment, registry: str, path: str, tag: str, account: Account | None = None
) -> list[str]:
    """Fetch every part of an image from a registry; return the architectures in order."""

    def fetched(kind: str, version: object) -> dict[str, object]:
        answer = environment.fetch(registry, "GET", f"/v2/{path}/{kind}/{version}", account=account)
        assert answer.status == 200, answer.body
        return json.loads(answer.body) if kind == "manifests" else {"length": len(answer.body)}

    found = []
    for described in fetched("manifests", tag)["manifests"]:  # type: ignore[attr-defined]  # JSON
        image = fetched("manifests", described["digest"])
        for part in (image["config"], *image["layers"]):  # type: ignore[misc]  # JSON
            assert fetched("blobs", part["digest"]) == {"length": part["size"]}
        found.append(described["platform"]["architecture"])
    return found


def images_of(environment: Environment) -> set[str]:
    return set(environment.docker("image", "ls", "--all", "--quiet").stdout.split())


def pulling(plan: Plan, registry: str) -> Plan:
    """Let the push of a plan pull with the account of a registry."""
    selector = RegistrySelector(registry=f"registries/{registry}")
    plan.steps[0].operations[0].push.pull_registry.CopyFrom(selector)
    return plan


@pytest.mark.parametrize("target", [BASIC, TOKEN])
async def test_all_platforms_go_without_the_daemon(subject: Pushing, target: str) -> None:
    """Once within a registry, where blobs are mounted, and once to another, where they stream."""
    engine = subject.environment
    source, there = engine.registries[BASIC], engine.registries[target]
    path, new_path = unique("alice"), unique("alice")
    index = await seed(subject, login_to(source), path)
    before = images_of(engine)
    plan = push_of(f"{source.domain}/{path}:1", f"{there.domain}/{new_path}", "prod", "latest")

    run, _ = await subject.run(plan, {"source": login_to(source), "there": login_to(there)})

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert [image.digest for image in pushed_by(run)] == [index.digest] * 2
    for tag in ("prod", "latest"):
        assert platforms_in(engine, target, new_path, tag) == list(PLATFORMS)
    assert images_of(engine) == before


async def test_image_of_one_account_goes_to_another_in_the_same_registry(subject: Pushing) -> None:
    registry = subject.environment.registries[TOKEN]
    alice, bob = (login_to(registry, registry.account(name)) for name in ("alice", "bob"))
    path, new_path = unique("alice"), unique("bob")
    index = await seed(subject, alice, path)
    plan = push_of(f"{registry.domain}/{path}@{index.digest}", f"{registry.domain}/{new_path}", "1")

    run, _ = await subject.run(pulling(plan, "alice"), {"there": bob, "alice": alice})

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    account = registry.account("bob")
    found = platforms_in(subject.environment, TOKEN, new_path, "1", account)
    assert found == list(PLATFORMS)


async def test_image_that_the_account_may_not_read_is_not_promoted(subject: Pushing) -> None:
    registry = subject.environment.registries[TOKEN]
    alice, bob = (login_to(registry, registry.account(name)) for name in ("alice", "bob"))
    path = unique("alice")
    await seed(subject, alice, path)
    plan = push_of(f"{registry.domain}/{path}:1", f"{registry.domain}/{unique('bob')}", "1")

    run, _ = await subject.run(plan, {"there": bob})

    assert run.failure.reason == "PULL_DENIED"
    assert not pushed_by(run)
