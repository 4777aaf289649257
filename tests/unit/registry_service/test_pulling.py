"""Where images are pulled from: reference, login, fallback, warnings, case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry_service.errors import ContextsShareDomain, RegistryNotFound
from registry_service.pulling import (
    PullFallback,
    PullPlan,
    find_pull_registries,
    resolve_pulls,
)
from registry_service.queries import Notice
from registry_service.registries import Provider, Registry
from registry_service.snapshot import Snapshot

SHA256 = "sha256:" + "a" * 64


def registry(name: str, domain: str, *, prefix: str = "", fallback: str = "") -> Registry:
    return Registry(
        name=f"registries/{name}",
        provider=Provider.OTHER,
        domain=domain,
        repository_prefix=prefix,
        fallback_registry=f"registries/{fallback}" if fallback else "",
    )


HUB = registry("hub", "docker.io", fallback="mirror")
MIRROR = registry("mirror", "mirror.test:5000", prefix="hub", fallback="last")
LAST = registry("last", "last.test")
ONE = replace(registry("one", "ghcr.io", prefix="acme", fallback="last"), primary=True)
TWO = registry("two", "ghcr.io", fallback="hub")
AWS = registry("aws", "from.service-account")
ALL = (HUB, MIRROR, LAST, ONE, TWO)


def snapshot(*registries: Registry) -> Snapshot:
    return Snapshot(registries={each.name: each for each in registries})


def pull(image: str, *contexts: str, known: tuple[Registry, ...] = ALL) -> PullPlan:
    [plan] = resolve_pulls([image], contexts, snapshot(*known))
    assert isinstance(plan, PullPlan)
    return plan


@pytest.mark.parametrize(
    ("image", "reference", "login", "fallback"),
    [
        ("alpine", "docker.io/library/alpine:latest", HUB, "hub/library/alpine:latest"),
        ("alpine:3.20", "docker.io/library/alpine:3.20", HUB, "hub/library/alpine:3.20"),
        ("ann/app:1", "docker.io/ann/app:1", HUB, "hub/ann/app:1"),
        ("index.docker.io/ann/app", "docker.io/ann/app:latest", HUB, "hub/ann/app:latest"),
        (f"app@{SHA256}", f"docker.io/library/app@{SHA256}", HUB, f"hub/library/app@{SHA256}"),
        (f"a:1@{SHA256}", f"docker.io/library/a:1@{SHA256}", HUB, f"hub/library/a:1@{SHA256}"),
        ("GHCR.io/app:1", "ghcr.io/app:1", ONE, "app:1"),
        ("ghcr.io/acme/app:1", "ghcr.io/acme/app:1", ONE, "acme/app:1"),
        ("last.test/app:1", "last.test/app:1", LAST, ""),
        ("mirror.test:5000/app:1", "mirror.test:5000/app:1", MIRROR, "app:1"),
        ("mirror.test/app:1", "mirror.test/app:1", None, ""),
        ("quay.io/acme/app:1", "quay.io/acme/app:1", None, ""),
        ("localhost/app:1", "localhost/app:1", None, ""),
        ("localhost:5000/app", "localhost:5000/app:latest", None, ""),
    ],
)
def test_image_is_pulled_from_its_domain_and_then_from_the_fallback(
    image: str, reference: str, login: Registry | None, fallback: str
) -> None:
    plan = pull(image)

    assert (plan.reference, plan.choice.registry) == (reference, login)
    assert _path_there(plan) == fallback
    assert not plan.warnings


def test_context_decides_about_its_own_domain_alone() -> None:
    ghcr, hub = pull("ghcr.io/app:1", "two"), pull("alpine", "two")

    assert ghcr.choice.registry == TWO
    assert ghcr.fallback == PullFallback(registry=HUB, reference="docker.io/app:1")
    assert hub.choice.registry == HUB


ALICE = replace(registry("alice", "hub.test", prefix="alice"), primary=True)
BOB = registry("bob", "hub.test", prefix="bob")
BOBS_TOOLS = registry("bobs-tools", "hub.test", prefix="bob/tools")
ROOT = registry("root", "hub.test")
ACCOUNTS = (ALICE, BOB, BOBS_TOOLS, ROOT)


@pytest.mark.parametrize(
    ("path", "contexts", "login"),
    [
        ("alice/app", (), ALICE),
        ("bob/app", (), BOB),
        ("bob/tools/app", (), BOBS_TOOLS),
        ("bob/toolset", (), BOB),
        ("bobby/app", (), ALICE),
        ("carol/app", (), ALICE),
        ("bob", (), BOB),
        ("alice/app", ("bob",), ALICE),
        ("carol/app", ("bob",), BOB),
        ("bob/tools/app", ("bob",), BOBS_TOOLS),
        ("alice/app", ("root",), ROOT),
    ],
)
def test_accounts_of_one_domain_are_chosen_by_prefix(
    path: str, contexts: tuple[str, ...], login: Registry
) -> None:
    plan = pull(f"hub.test/{path}:1", *contexts, known=ACCOUNTS)

    assert plan.choice.registry == login
    assert plan.choice.by_repository == (contexts != ("root",))


@pytest.mark.parametrize(
    ("known", "by_repository"),
    [((ALICE,), False), ((ALICE, ROOT), False), ((ALICE, BOB), True), ((ROOT, BOB), True)],
)
def test_domain_tells_whether_its_repositories_have_several_accounts(
    known: tuple[Registry, ...], by_repository: bool
) -> None:
    [choice] = find_pull_registries(["hub.test"], [], snapshot(*known))

    assert choice.registry == known[0]
    assert choice.by_repository == by_repository


def test_fallback_of_a_fallback_is_not_tried() -> None:
    plan = pull("alpine")

    assert plan.fallback
    assert plan.fallback.registry == MIRROR


def test_fallback_that_was_deleted_is_none() -> None:
    assert pull("alpine", known=(HUB,)).fallback is None


def test_several_without_a_primary_one_are_a_warning() -> None:
    plan = pull("ghcr.io/app", known=(TWO, replace(ONE, primary=False)))

    assert plan.choice.registry == TWO
    assert [warning.reason for warning in plan.warnings] == ["NO_PRIMARY_REGISTRY"]


@pytest.mark.parametrize(
    ("image", "target"),
    [("alpine", AWS), ("a/" + "b" * 240, registry("long", "a-long-name.test", prefix="c" * 30))],
)
def test_fallback_that_cannot_have_the_image_is_a_warning(image: str, target: Registry) -> None:
    plan = pull(image, known=(replace(HUB, fallback_registry=target.name), target))

    assert plan.fallback is None
    assert [warning.reason for warning in plan.warnings] == ["FALLBACK_UNUSABLE"]


@pytest.mark.parametrize(
    "image",
    ["", "App", "a//b", "app:", "ghcr.io/", "a b", "app@sha256:1", "a" * 64, "a" * 1_000_000],
)
def test_reference_that_cannot_be_read_is_an_answer(image: str) -> None:
    good, faulty = resolve_pulls(["alpine", image], [], snapshot(HUB))

    assert isinstance(good, PullPlan)
    assert isinstance(faulty, Notice)
    assert (faulty.reason, faulty.about) == ("REFERENCE_INVALID", "images[1]")
    assert len(faulty.message) < 1500


def test_unknown_context_is_refused() -> None:
    with pytest.raises(RegistryNotFound):
        resolve_pulls([], ["none"], snapshot(HUB))


def test_contexts_of_one_domain_are_refused() -> None:
    with pytest.raises(ContextsShareDomain):
        resolve_pulls([], ["one", "two"], snapshot(*ALL))


def _path_there(plan: PullPlan) -> str:
    if plan.fallback is None:
        return ""
    domain, _, path = plan.fallback.reference.partition("/")
    assert domain == plan.fallback.registry.domain
    return path
