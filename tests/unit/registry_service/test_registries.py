"""What registries and settings must fulfil."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry_service.registries import (
    AzureLogin,
    EcrLogin,
    GoogleLogin,
    HelperLogin,
    Kind,
    Login,
    PasswordLogin,
    Provider,
    Registry,
    Settings,
    Snapshot,
    Transport,
)
from registry_service.rules import kind_of, normalised, registry_faults, settings_faults

ECR_DOMAIN = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
KEYS = EcrLogin(region="eu-west-1", access_key_id="AKIA")


def registry(
    provider: Provider,
    domain: str = "",
    **fields: Any,  # noqa: ANN401  # any field of a registry
) -> Registry:
    one = Registry(name="registries/one", provider=provider, domain=domain)
    return normalised(replace(one, **fields))


def faults(one: Registry, *others: Registry, has_secret: bool = True) -> list[str]:
    state = Snapshot(registries={other.name: other for other in others})
    return [field for field, _ in registry_faults(one, state, has_secret=has_secret)]


@pytest.mark.parametrize(
    ("provider", "given", "domain"),
    [
        (Provider.DOCKER_HUB, "", "docker.io"),
        (Provider.DOCKER_HUB, "https://index.docker.io/v1/", "docker.io"),
        (Provider.ECR, ECR_DOMAIN, ECR_DOMAIN),
        (Provider.GCR, "us.gcr.io", "us.gcr.io"),
        (Provider.GAR, "europe-north1", "europe-north1-docker.pkg.dev"),
        (Provider.GAR, "asia", "asia-docker.pkg.dev"),
        (Provider.GAR, "asia-docker.pkg.dev", "asia-docker.pkg.dev"),
        (Provider.ACR, "Acme.azurecr.io", "acme.azurecr.io"),
        (Provider.ARTIFACTORY, "acme.jfrog.io", "acme.jfrog.io"),
        (Provider.QUAY, "", "quay.io"),
        (Provider.GHCR, "", "ghcr.io"),
        (Provider.OTHER, "http://localhost:5000/", "localhost:5000"),
    ],
)
def test_domain_of_a_provider_is_accepted(provider: Provider, given: str, domain: str) -> None:
    one = registry(provider, given)

    assert one.domain == domain
    assert faults(one) == []


def test_ecr_with_the_credentials_of_the_machine_needs_no_domain() -> None:
    one = registry(Provider.ECR, login=EcrLogin(region="eu-west-1"))

    assert one.domain == "from.service-account"
    assert faults(one, has_secret=False) == []


@pytest.mark.parametrize(
    ("provider", "domain"),
    [
        (Provider.DOCKER_HUB, "ghcr.io"),
        (Provider.ECR, ""),
        (Provider.ECR, "public.ecr.aws"),
        (Provider.GCR, ""),
        (Provider.GCR, "gcr.io/project"),
        (Provider.GCR, "ghcr.io"),
        (Provider.GAR, "gcr.io"),
        (Provider.ACR, "azurecr.io"),
        (Provider.OTHER, ""),
        (Provider.OTHER, "https://"),
        (Provider.OTHER, "ftp://host"),
        (Provider.OTHER, "my host"),
    ],
)
def test_domain_of_another_kind_is_refused(provider: Provider, domain: str) -> None:
    assert faults(registry(provider, domain)) == ["domain"]


@pytest.mark.parametrize("registry_id", ["", "-a", ".a", "a b", "a/b", "a" * 129, "ä", "a\n"])
def test_faulty_name_is_refused(registry_id: str) -> None:
    assert faults(registry(Provider.GHCR, name=f"registries/{registry_id}")) == ["registry_id"]


@pytest.mark.parametrize("prefix", ["/acme", "acme/", "Acme", "a//b", "a b"])
def test_faulty_prefix_is_refused(prefix: str) -> None:
    assert faults(registry(Provider.GHCR, repository_prefix=prefix)) == ["repository_prefix"]


@pytest.mark.parametrize("fallback", ["registries/one", "registries/none", "none"])
def test_fallback_must_be_another_registry(fallback: str) -> None:
    assert faults(registry(Provider.GHCR, fallback_registry=fallback)) == ["fallback_registry"]


def test_existing_registry_can_be_the_fallback() -> None:
    other = registry(Provider.QUAY, name="registries/other")

    assert faults(registry(Provider.GHCR, fallback_registry=other.name), other) == []


@pytest.mark.parametrize(
    ("provider", "domain", "login", "has_secret", "field"),
    [
        (Provider.GHCR, "", PasswordLogin(username=""), True, "login.password.username"),
        (Provider.GHCR, "", PasswordLogin(username="ann"), False, "login.password.password"),
        (Provider.GHCR, "", KEYS, True, "login"),
        (Provider.GHCR, "", HelperLogin(suffix="../sh"), False, "login.helper.helper"),
        (Provider.ECR, ECR_DOMAIN, replace(KEYS, region="eu"), True, "login.ecr.region"),
        (Provider.ECR, ECR_DOMAIN, KEYS, False, "login.ecr.secret_access_key"),
        (Provider.ECR, ECR_DOMAIN, replace(KEYS, region="us-east-1"), True, "domain"),
        (
            Provider.ECR,
            ECR_DOMAIN,
            EcrLogin(region="eu-west-1"),
            True,
            "login.ecr.access_key_id",
        ),
        (Provider.GCR, "gcr.io", GoogleLogin(), False, "login.google.keyfile_json"),
        (Provider.GCR, "gcr.io", GoogleLogin(), True, "login.google.keyfile_json"),
        (Provider.ACR, "acme.azurecr.io", AzureLogin(), True, "login.azure.client_id"),
    ],
)
def test_faulty_login_is_refused(
    provider: Provider,
    domain: str,
    login: Login | None,
    has_secret: bool,
    field: str,
) -> None:
    one = registry(provider, domain, login=login)

    assert field in faults(one, has_secret=has_secret)


@pytest.mark.parametrize(
    ("provider", "domain", "login", "has_secret"),
    [
        (Provider.GHCR, "", None, False),
        (Provider.ECR, ECR_DOMAIN, KEYS, True),
        (Provider.ECR, ECR_DOMAIN, PasswordLogin(username="AWS"), True),
        (Provider.GCR, "gcr.io", GoogleLogin(project_id="shop"), True),
        (Provider.ACR, "acme.azurecr.io", AzureLogin(), False),
        (Provider.OTHER, "localhost:5000", HelperLogin(suffix="pass"), False),
    ],
)
def test_login_of_the_provider_is_accepted(
    provider: Provider,
    domain: str,
    login: Login | None,
    has_secret: bool,
) -> None:
    assert faults(registry(provider, domain, login=login), has_secret=has_secret) == []


def test_certificates_must_be_pem() -> None:
    one = registry(Provider.GHCR, transport=Transport(ca_certificates_pem="nothing"))

    assert faults(one) == ["transport.ca_certificates_pem"]


def test_all_faults_are_told_at_once() -> None:
    one = registry(
        Provider.OTHER,
        name="registries/-",
        repository_prefix="/",
        fallback_registry="registries/none",
        login=PasswordLogin(username=""),
    )

    assert faults(one, has_secret=False) == [
        "registry_id",
        "domain",
        "repository_prefix",
        "fallback_registry",
        "login.password.username",
        "login.password.password",
    ]


def test_faults_name_what_is_expected() -> None:
    one = registry(Provider.GCR, "gcr.io/project")

    [(_, message)] = registry_faults(one, Snapshot(), has_secret=False)

    assert message == (
        '"gcr.io/project" has a path; expected a host like `gcr.io`, and put the path in '
        "repository_prefix"
    )


def test_docker_hub_cannot_be_the_caching_registry() -> None:
    hub = registry(Provider.DOCKER_HUB)
    state = Snapshot(registries={hub.name: hub})

    assert settings_faults(Settings(default_registry=hub.name), state) == []
    assert [f for f, _ in settings_faults(Settings(cache_registry=hub.name), state)] == [
        "cache_registry"
    ]


def test_settings_name_registries_that_exist() -> None:
    settings = Settings(default_registry="registries/a", cache_registry="registries/b")

    assert [field for field, _ in settings_faults(settings, Snapshot())] == [
        "default_registry",
        "cache_registry",
    ]


@pytest.mark.parametrize(
    ("provider", "kind"),
    [
        (Provider.DOCKER_HUB, Kind.STANDARD),
        (Provider.ACR, Kind.STANDARD),
        (Provider.GCR, Kind.GOOGLE),
        (Provider.GAR, Kind.GOOGLE),
        (Provider.ECR, Kind.ECR),
    ],
)
def test_provider_has_a_kind(provider: Provider, kind: Kind) -> None:
    assert kind_of(provider) is kind


def test_repr_shows_no_sealed_secret() -> None:
    assert "sealed" not in repr(registry(Provider.GHCR, sealed_secret=b"sealed"))
