"""Where steps push, and with whose credentials they pull."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry_service.errors import ContextsShareDomain, RegistryNotFound
from registry_service.pulling import find_pull_registries
from registry_service.queries import Notice, Omission, Purpose, Query, Repository
from registry_service.registries import (
    DefaultPush,
    GoogleLogin,
    PasswordLogin,
    Provider,
    Registry,
    Settings,
)
from registry_service.resolution import resolve
from registry_service.snapshot import Snapshot


def registry(
    registry_id: str,
    domain: str,
    provider: Provider = Provider.OTHER,
    *,
    prefix: str = "",
    project: str = "",
    primary: bool = False,
) -> Registry:
    return Registry(
        name=f"registries/{registry_id}",
        provider=provider,
        domain=domain,
        repository_prefix=prefix,
        primary=primary,
        login=GoogleLogin(project_id=project) if project else PasswordLogin(username="ann"),
    )


AZURE = registry("azure", "kostisazureregistry.azurecr.io", Provider.ACR)
PREFIXED = replace(AZURE, repository_prefix="acme-company")
GHCR = registry("ghcr", "ghcr.io", Provider.GHCR, prefix="anais-codefresh")
HUB = registry("hub", "docker.io", Provider.DOCKER_HUB)
PRODUCTION_GCR = registry("production-gcr", "gcr.io", Provider.GCR)
AZURE_DEMO = registry("azure-demo", "my-azure-registry.azurecr.io", Provider.ACR)
GCR = registry("gcr", "gcr.io", Provider.GCR, project="my-project")
SCOPED_GCR = registry("gcr", "gcr.io", Provider.GCR, project="acme.com:shop")
GAR = registry("gar", "asia-docker.pkg.dev", Provider.GAR, project="my-project")


LOCAL = registry("local", "localhost:5000")


def snapshot(
    *registries: Registry, default: Registry | None = None, push: DefaultPush = DefaultPush.AUTO
) -> Snapshot:
    settings = Settings(default_registry=default.name if default else "", default_push=push)
    return Snapshot(registries={one.name: one for one in registries}, settings=settings)


def push(target: Registry, image_name: str, *, candidate: bool = False) -> Query:
    return Query(
        registry_id=target.id,
        purpose=Purpose.PUSH,
        image_name=image_name,
        from_candidate=candidate,
    )


BUILD = Query(purpose=Purpose.BUILD, image_name="acme/app")
PUSH = Query(purpose=Purpose.PUSH, image_name="acme/app")


@pytest.mark.parametrize(
    ("target", "image_name", "candidate", "repository"),
    [
        (AZURE, "acme-company/web", False, "kostisazureregistry.azurecr.io/acme-company/web"),
        (PREFIXED, "web", False, "kostisazureregistry.azurecr.io/acme-company/web"),
        (
            GHCR,
            "anais-codefresh/react",
            False,
            "ghcr.io/anais-codefresh/anais-codefresh/react",
        ),
        (HUB, "kostiscodefresh/web", False, "docker.io/kostiscodefresh/web"),
        (HUB, "index.docker.io/acme/web", False, "docker.io/acme/web"),
        (
            PRODUCTION_GCR,
            "gcr.io/production-project/my-image",
            False,
            "gcr.io/production-project/my-image",
        ),
        (
            AZURE_DEMO,
            "my-azure-registry.azurecr.io/kostis-codefresh/my-python-app:1.2.3",
            True,
            "my-azure-registry.azurecr.io/kostis-codefresh/my-python-app",
        ),
        (
            AZURE_DEMO,
            "us.gcr.io/p/my-golang-app",
            True,
            "my-azure-registry.azurecr.io/p/my-golang-app",
        ),
        (GCR, "trivialgoweb", False, "gcr.io/my-project/trivialgoweb"),
        (GCR, "my-project/web", False, "gcr.io/my-project/web"),
        (GCR, "gcr.io/other/web", False, "gcr.io/other/web"),
        (GCR, "gcr.io/other/web", True, "gcr.io/other/web"),
        (SCOPED_GCR, "web", False, "gcr.io/acme.com/shop/web"),
        (replace(GCR, repository_prefix="team"), "web", False, "gcr.io/team/web"),
        (replace(HUB, repository_prefix="acme"), "web", False, "docker.io/acme/web"),
        (replace(HUB, repository_prefix="acme"), "docker.io/acme/web", False, "docker.io/acme/web"),
        (HUB, "registry-1.docker.io/acme/web:1", True, "docker.io/acme/web"),
        (HUB, "GHCR.io/acme/web", True, "docker.io/acme/web"),
        (LOCAL, "localhost:5000/web", False, "localhost:5000/web"),
        (LOCAL, "team/web", False, "localhost:5000/team/web"),
        (LOCAL, "localhost:5001/web", True, "localhost:5000/web"),
        (replace(GAR, repository_prefix="p/r"), "web", False, "asia-docker.pkg.dev/p/r/web"),
        (
            replace(GCR, repository_prefix="team"),
            "my-project/web",
            False,
            "gcr.io/team/my-project/web",
        ),
        (replace(GCR, domain="eu.gcr.io"), "web", False, "eu.gcr.io/my-project/web"),
        (AZURE, "Acme/Web", False, "kostisazureregistry.azurecr.io/Acme/Web"),
        (GAR, "my-project/images/web", False, "asia-docker.pkg.dev/my-project/images/web"),
        (GHCR, "ghcr.io/other/web", False, "ghcr.io/other/web"),
        (GHCR, "ghcr.io/anais-codefresh/web:v1", True, "ghcr.io/anais-codefresh/web"),
        (GHCR, "ghcr.io/other/web", True, "ghcr.io/anais-codefresh/other/web"),
        (AZURE, "web:v1@sha256:" + "a" * 64, False, "kostisazureregistry.azurecr.io/web"),
    ],
)
def test_image_is_named_by_the_rules_of_its_registry(
    target: Registry, image_name: str, candidate: bool, repository: str
) -> None:
    query = push(target, image_name, candidate=candidate)

    resolution = resolve(query, snapshot(target))

    assert resolution.result == Repository(registry=target, repository=repository)


@pytest.mark.parametrize(
    ("target", "image_name", "reason", "hint"),
    [
        (HUB, "web", "NAMESPACE_MISSING", "set `image_name: ann/web`"),
        (GAR, "my-project/web", "REPOSITORY_MISSING", "<project>/<repository>/<image>"),
        (GHCR, "quay.io/acme/web", "DOMAIN_MISMATCH", "leave the domain out"),
        (AZURE, "acme//web", "IMAGE_NAME_INVALID", "words of a-z"),
        (AZURE, "", "IMAGE_NAME_INVALID", "words of a-z"),
        (HUB, "docker.io/web", "NAMESPACE_MISSING", "set `image_name: ann/web`"),
        (LOCAL, "localhost:5001/web", "DOMAIN_MISMATCH", "leave the domain out"),
        (PREFIXED, "a" * 230, "IMAGE_NAME_INVALID", "at most 255 characters"),
    ],
)
def test_name_that_cannot_be_pushed_is_a_fault(
    target: Registry, image_name: str, reason: str, hint: str
) -> None:
    fault = resolve(push(target, image_name), snapshot(target)).result

    assert isinstance(fault, Notice)
    assert fault.reason == reason
    assert hint in fault.help


def test_domain_mismatch_names_both_domains() -> None:
    fault = resolve(push(GHCR, "quay.io/acme/web"), snapshot(GHCR)).result

    assert isinstance(fault, Notice)
    assert "quay.io" in fault.message
    assert "ghcr.io" in fault.message


@pytest.mark.parametrize(
    ("target", "image_name", "reason"),
    [
        (GHCR, "anais-codefresh/react", "PREFIX_DOUBLED"),
        (GHCR, "anais-codefresh", "PREFIX_DOUBLED"),
        (AZURE, "Acme/Web", "IMAGE_NAME_UPPER_CASE"),
    ],
)
def test_doubtful_name_is_a_warning(target: Registry, image_name: str, reason: str) -> None:
    resolution = resolve(push(target, image_name), snapshot(target))

    assert isinstance(resolution.result, Repository)
    assert [warning.reason for warning in resolution.warnings] == [reason]


@pytest.mark.parametrize(("wanted", "near"), [("Hub", "hub"), ("huub", "hub"), ("GHRC", "ghcr")])
def test_unknown_registry_gets_a_suggestion(wanted: str, near: str) -> None:
    fault = resolve(PUSH._replace(registry_id=wanted), snapshot(HUB, GHCR)).result

    assert isinstance(fault, Notice)
    assert (fault.reason, fault.code) == ("REGISTRY_NOT_FOUND", 202)
    assert fault.help == f"did you mean `{near}`?"
    assert fault.facts == {"registry": wanted, "suggestion": near}


def test_unknown_registry_without_a_near_name_points_at_the_list() -> None:
    fault = resolve(PUSH._replace(registry_id="quay"), snapshot(HUB)).result

    assert isinstance(fault, Notice)
    assert "freshet registry list" in fault.help


@pytest.mark.parametrize(
    ("query", "state", "target", "codes"),
    [
        (PUSH, snapshot(AZURE), AZURE, []),
        (PUSH, snapshot(AZURE, HUB, default=HUB), HUB, [203]),
        (PUSH, snapshot(AZURE, HUB), AZURE, [203]),
        (PUSH, snapshot(AZURE, push=DefaultPush.NEVER), AZURE, []),
        (BUILD, snapshot(AZURE, HUB, default=HUB), HUB, []),
        (BUILD, snapshot(AZURE), AZURE, []),
        (BUILD._replace(registry_id="hub"), snapshot(HUB, push=DefaultPush.NEVER), HUB, []),
        (BUILD._replace(registry_id="hub"), snapshot(HUB, push=DefaultPush.EXPLICIT), HUB, []),
        (BUILD._replace(push_required=True), snapshot(HUB, push=DefaultPush.EXPLICIT), HUB, []),
        (BUILD._replace(push_required=True), snapshot(HUB, push=DefaultPush.NEVER), HUB, []),
    ],
)
def test_registry_is_chosen(
    query: Query, state: Snapshot, target: Registry, codes: list[int]
) -> None:
    resolution = resolve(query, state)

    assert isinstance(resolution.result, Repository)
    assert resolution.result.registry == target
    assert [warning.code for warning in resolution.warnings] == codes


@pytest.mark.parametrize(
    ("query", "state", "reason", "codes"),
    [
        (BUILD, snapshot(), "NO_REGISTRY", []),
        (BUILD, snapshot(AZURE, HUB), "NO_DEFAULT_REGISTRY", [205]),
        (BUILD, snapshot(AZURE, default=AZURE, push=DefaultPush.NEVER), "NEVER_PUSH", []),
        (BUILD._replace(push_required=True), snapshot(), "NO_REGISTRY", []),
    ],
)
def test_build_step_may_leave_the_push_out(
    query: Query, state: Snapshot, reason: str, codes: list[int]
) -> None:
    resolution = resolve(query, state)

    assert isinstance(resolution.result, Omission)
    assert resolution.result.reason == reason
    assert [warning.code for warning in resolution.warnings] == codes


@pytest.mark.parametrize(
    ("query", "state", "code"),
    [
        (PUSH, snapshot(), 200),
        (BUILD, snapshot(AZURE, default=AZURE, push=DefaultPush.EXPLICIT), 204),
    ],
)
def test_step_that_must_push_and_cannot_is_a_fault(
    query: Query, state: Snapshot, code: int
) -> None:
    fault = resolve(query, state).result

    assert isinstance(fault, Notice)
    assert fault.code == code


FIRST = registry("first", "ghcr.io")
SECOND = registry("second", "ghcr.io")


@pytest.mark.parametrize(
    ("registries", "contexts", "chosen"),
    [
        ([], [], None),
        ([HUB], [], None),
        ([FIRST], [], FIRST),
        ([FIRST, replace(SECOND, primary=True)], [], replace(SECOND, primary=True)),
        ([FIRST, SECOND], [], FIRST),
        ([replace(FIRST, primary=True), SECOND], ["second"], SECOND),
        ([FIRST, HUB], ["hub"], FIRST),
        ([FIRST, HUB], ["hub", "", "hub"], FIRST),
    ],
)
def test_pull_uses_the_registry_of_its_domain(
    registries: list[Registry], contexts: list[str], chosen: Registry | None
) -> None:
    [choice] = find_pull_registries(["GHCR.io"], contexts, snapshot(*registries))

    assert choice.domain == "ghcr.io"
    assert choice.registry == chosen


def test_pull_warns_when_no_registry_of_the_domain_is_primary() -> None:
    [choice] = find_pull_registries(["ghcr.io"], [], snapshot(FIRST, SECOND))

    assert [warning.reason for warning in choice.warnings] == ["NO_PRIMARY_REGISTRY"]


def test_pull_without_domain_is_from_docker_hub() -> None:
    choices = find_pull_registries(["", "index.docker.io"], [], snapshot(HUB))

    assert [(choice.domain, choice.registry) for choice in choices] == [("docker.io", HUB)] * 2


def test_context_that_names_no_registry_is_refused_with_a_suggestion() -> None:
    with pytest.raises(RegistryNotFound, match="did you mean `first`"):
        find_pull_registries(["ghcr.io"], ["firts"], snapshot(FIRST))


def test_contexts_of_one_domain_are_refused() -> None:
    with pytest.raises(ContextsShareDomain, match=r"ghcr\.io"):
        find_pull_registries([], ["first", "second"], snapshot(FIRST, SECOND))
