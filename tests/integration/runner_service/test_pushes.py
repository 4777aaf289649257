"""Pushes to real registries: what is told is what is there, and accounts never cross."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from freshet.plan.v1 import operation_pb2 as operations
from freshet.plan.v1.expression_pb2 import Flag
from freshet.plan.v1.plan_pb2 import Dependency, Plan, Step, StepOutcome
from freshet.registry.v1.registry_pb2 import RegistryTransport
from freshet.runner.v1.run_pb2 import Run, StepRun
from tests.contract.runner import text
from tests.engine import Environment, Fault, Reply
from tests.integration.pushing import Pushing, login_to, push_of, pushed_by, pushing


@pytest.fixture
async def subject(engine: Environment, tmp_path: Path) -> AsyncIterator[Pushing]:
    async with pushing(engine, tmp_path) as subject:
        yield subject


def build_upon(image: str, number: int) -> Plan:
    """Return a plan that builds upon an image, each with a label of its own."""
    build = operations.BuildOperation(
        image_name=text("upon"),
        tags=[text(f"{number}")],
        context_directory=text(""),
        dockerfile_content=text(f"FROM {image}\nLABEL number={number}\n"),
        layer_cache_disabled=Flag(constant=True),
    )
    return Plan(steps=[Step(id="image", operations=[operations.Operation(build=build)])])


def unique(name: str) -> str:
    return f"{name}/{uuid.uuid4().hex[:12]}"


def digest_in(environment: Environment, registry: str, path: str, version: str) -> str:
    """Return what a registry has under a tag or digest; empty: nothing."""
    answer = environment.fetch(registry, "GET", f"/v2/{path}/manifests/{version}")
    return answer.headers["Docker-Content-Digest"] if answer.status == 200 else ""


@pytest.mark.parametrize("name", ["basic", "token", "tls"])
async def test_all_tags_are_there_under_the_digest_that_is_told(
    subject: Pushing, name: str
) -> None:
    registry = subject.environment.registries.get(name)
    if registry is None:  # the user's own daemon trusts no certificate of ours
        registry, name = subject.environment.registries["basic"], "basic"
    path, image = unique("alice"), unique("local")
    subject.load(f"{image}:1")
    login = login_to(registry)
    if registry.ca_certificate_pem:
        transport = RegistryTransport(ca_certificates_pem=registry.ca_certificate_pem)
        login = replace(login, transport=transport)

    run, _ = await subject.run(
        push_of(f"{image}:1", f"{registry.domain}/{path}", "1", "2", "latest"), {"there": login}
    )

    assert run.state == Run.STATE_SUCCEEDED, run.failure
    assert [image.tag for image in pushed_by(run)] == ["1", "2", "latest"]
    for image_ in pushed_by(run):
        assert digest_in(subject.environment, name, path, image_.tag) == image_.digest
        assert digest_in(subject.environment, name, path, image_.digest) == image_.digest


async def test_wrong_password_fails_without_the_daemon(subject: Pushing) -> None:
    registry = subject.environment.registries["basic"]
    image, path = unique("local"), unique("team")
    subject.load(f"{image}:1")
    login = replace(login_to(registry), password="wrong-password")

    run, _ = await subject.run(
        push_of(f"{image}:1", f"{registry.domain}/{path}", "1"), {"there": login}
    )

    assert run.failure.reason == "PUSH_UNAUTHORIZED"
    assert "401" in run.failure.message
    assert "wrong-password" not in str(run)


async def test_foreign_repository_is_denied(subject: Pushing) -> None:
    registry = subject.environment.registries["token"]
    image, path = unique("local"), unique("bob")
    subject.load(f"{image}:1")

    run, _ = await subject.run(
        push_of(f"{image}:1", f"{registry.domain}/{path}", "1"), {"there": login_to(registry)}
    )

    assert run.failure.reason == "PUSH_DENIED"


async def test_wrong_and_right_passwords_do_not_meet(subject: Pushing) -> None:
    registry = subject.environment.registries["token"]
    path = unique("shared")
    images = [f"{unique('local')}:1" for _ in range(8)]
    subject.load(*images)
    alice, bob = (login_to(registry, registry.account(name)) for name in ("alice", "bob"))
    logins = [alice, bob, replace(alice, password="wrong"), replace(bob, password="wrong")] * 2
    plans = [
        push_of(image, f"{registry.domain}/{path}", f"t{number}")
        for number, image in enumerate(images)
    ]

    runs = await asyncio.gather(
        *(subject.run(plan, {"there": login}) for plan, login in zip(plans, logins, strict=True))
    )

    for number, ((run, _), login) in enumerate(zip(runs, logins, strict=True)):
        there = digest_in(subject.environment, "token", path, f"t{number}")
        if login.password == "wrong":
            assert run.failure.reason == "PUSH_UNAUTHORIZED"
            assert there == ""
        else:
            assert run.state == Run.STATE_SUCCEEDED, run.failure
            assert [image.digest for image in pushed_by(run)] == [there]


@pytest.mark.parametrize("way", ["build", "candidate"])
async def test_wrong_and_right_passwords_do_not_meet_in_pulls(subject: Pushing, way: str) -> None:
    registry = subject.environment.registries["token"]
    base, local = f"{registry.domain}/{unique('alice')}", f"{unique('local')}:1"
    subject.load(local)
    alice = login_to(registry, registry.account("alice"))
    pushed, _ = await subject.run(push_of(local, base, "1"), {"there": alice})
    assert pushed.state == Run.STATE_SUCCEEDED, pushed.failure
    removed = subject.environment.docker("image", "rm", "--force", local, f"{base}:1")
    assert removed.returncode == 0, removed.stderr
    plans = {
        "build": lambda number: build_upon(f"{base}:1", number),
        "candidate": lambda number: push_of(f"{base}:1", base, f"again{number}"),
    }
    logins = [alice, replace(alice, password="wrong")] * 4

    runs = await asyncio.gather(
        *(subject.run(plans[way](number), {"there": login}) for number, login in enumerate(logins))
    )

    for (run, _), login in zip(runs, logins, strict=True):
        if login.password == "wrong":
            assert run.failure.reason in ("PULL_UNAUTHORIZED", "PUSH_UNAUTHORIZED"), run.failure
        else:
            assert run.state == Run.STATE_SUCCEEDED, run.failure


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=403, code="DENIED"), "PUSH_DENIED"),
        (Reply(status=401, code="UNAUTHORIZED"), "PUSH_UNAUTHORIZED"),
        (Reply(status=404, code="NAME_UNKNOWN"), "PUSH_NOT_FOUND"),
        (Reply(status=429, retry_after_s=100_000), "PUSH_RATE_LIMITED"),
        (Reply(status=503), "PUSH_REGISTRY_ERROR"),
        (
            Reply(status=403, code="DENIED", message="Quota has been exceeded on namespace"),
            "PUSH_QUOTA",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_refused_upload_has_its_reason(subject: Pushing, reply: Reply, reason: str) -> None:
    domain, path = subject.environment.registries["fault"].domain, unique("refused")
    image = f"{unique('local')}:1"
    subject.load(image)
    with subject.environment.faults() as faults:
        faults.inject(Fault(method="POST", path=f"/{path}/blobs/uploads", count=99, action=reply))

        run, _ = await subject.run(
            push_of(image, f"{domain}/{path}", "1"),
            {"there": login_to(subject.environment.registries["fault"])},
        )

    assert run.failure.reason == reason
    assert "injected fault" in run.failure.message or reply.message in run.failure.message
    assert run.failure.help


async def test_immutable_tag_is_told_apart(subject: Pushing) -> None:
    domain, path = subject.environment.registries["fault"].domain, unique("immutable")
    first, second = f"{unique('local')}:1", f"{unique('local')}:1"
    subject.load(first, second)
    login = {"there": login_to(subject.environment.registries["fault"])}
    words = "The image tag '1' already exists and cannot be overwritten: it is immutable"
    with subject.environment.faults() as faults:
        before, _ = await subject.run(push_of(first, f"{domain}/{path}", "1"), login)
        refusal = Reply(status=400, code="TAG_INVALID", message=words)
        faults.inject(Fault(method="PUT", path=f"/{path}/manifests/", count=99, action=refusal))
        run, _ = await subject.run(push_of(second, f"{domain}/{path}", "1"), login)

    assert run.failure.reason == "PUSH_IMMUTABLE_TAG"
    assert words in run.failure.message
    there = digest_in(subject.environment, "open", path, "1")
    assert [image.digest for image in pushed_by(before)] == [there]


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("basic", "wrong-password", "PUSH_UNAUTHORIZED"),
        ("token", "wrong-password", "PUSH_UNAUTHORIZED"),
        ("token", "", "PUSH_DENIED"),
    ],
)
async def test_refused_push_is_found_before_the_build(
    subject: Pushing, name: str, password: str, reason: str
) -> None:
    registry, path = subject.environment.registries[name], unique("bob")
    login = login_to(registry)
    login = replace(login, password=password or login.password)
    plan = build_and_push(f"{registry.domain}/{path}")

    run, journal = await subject.run(plan, {"there": login})

    assert run.failure.reason == reason
    assert "(checked before the build)" in run.failure.message
    assert [step.state for step in run.step_runs] == [StepRun.STATE_NOT_RUN, StepRun.STATE_FAILED]
    await journal.settle()
    kinds = {event.WhichOneof("event") for event in journal.events_from(1)}
    assert kinds == {"run_state_change", "step_run"}
    assert "wrong-password" not in str(run)


async def test_check_before_the_build_leaves_nothing(subject: Pushing) -> None:
    registry, path = subject.environment.registries["fault"], unique("probed")
    plan = build_and_push(f"{registry.domain}/{path}", dockerfile="FROM scratch\nNO SUCH THING\n")
    with subject.environment.faults() as faults:
        run, _ = await subject.run(plan, {"there": login_to(registry)})
        seen = [request for request in faults.requests() if path in request.path]

    assert run.failure.reason == "BUILD_FAILED"
    assert [(request.method, request.status) for request in seen] == [
        ("POST", 202),
        ("DELETE", 204),
    ]


def build_and_push(repository: str, dockerfile: str = "FROM scratch\nLABEL a=b\n") -> Plan:
    """Return a plan that pushes what it built, to the registry `there`."""
    build = build_upon("", 1).steps[0]
    build.operations[0].build.dockerfile_content.CopyFrom(text(dockerfile))
    push = push_of("", repository, "1").steps[0]
    push.operations[0].push.image.step_id = build.id
    built = Dependency(node_id=build.id, outcomes=[StepOutcome.STEP_OUTCOME_SUCCEEDED])
    push.start_rule.dependencies.append(built)
    return Plan(steps=[build, push])
