"""What registries and settings must fulfil."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry_service.registries import (
    AzureLogin,
    EcrLogin,
    EnvironmentLogin,
    GoogleLogin,
    HelperLogin,
    Login,
    PasswordLogin,
    Provider,
    Registry,
    Settings,
    Transport,
)
from registry_service.rules import normalised, registry_faults, settings_faults
from registry_service.snapshot import Snapshot

ECR_DOMAIN = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
KEYS = EcrLogin(region="eu-west-1", access_key_id="AKIA")


def variables(username: str, password: str) -> EnvironmentLogin:
    return EnvironmentLogin(username_variable=username, password_variable=password)


def registry(
    provider: Provider,
    domain: str = "",
    **fields: Any,  # noqa: ANN401  # any field of a registry
) -> Registry:
    one = Registry(name="registries/one", provider=provider, domain=domain)
    return normalised(replace(one, **fields))


def faults(one: Registry, *others: Registry, has_secret: bool = True) -> list[str]:
    state = Snapshot(registries={other.name: other for other in others})
    return [fault.field for fault in registry_faults(one, state, has_secret=has_secret)]


def test_ecr_with_the_credentials_of_the_machine_needs_no_domain() -> None:
    one = registry(Provider.ECR, login=EcrLogin(region="eu-west-1"))

    assert one.domain == "from.service-account"
    assert faults(one, has_secret=False) == []


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
        (Provider.GCR, "gcr.io", GoogleLogin(), True, "login.google.keyfile_json"),
        (Provider.ACR, "acme.azurecr.io", AzureLogin(), True, "login.azure.client_id"),
        (Provider.GHCR, "", variables("", "P"), False, "login.environment.username_variable"),
        (Provider.GHCR, "", variables("U", "A B"), False, "login.environment.password_variable"),
        (Provider.GHCR, "", variables("U", "P=Q"), False, "login.environment.password_variable"),
        (
            Provider.GHCR,
            "",
            variables("U", "P" * 129),
            False,
            "login.environment.password_variable",
        ),
        (
            Provider.GHCR,
            "",
            variables("U", "FRESHET_SEALING_KEY"),
            False,
            "login.environment.password_variable",
        ),
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
        (Provider.GCR, "gcr.io", GoogleLogin(), False),
        (Provider.GHCR, "", variables("GHCR_USER", "_token1"), False),
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

    [fault] = registry_faults(one, Snapshot(), has_secret=False)

    assert fault.message == (
        '"gcr.io/project" has a path; expected a host like `gcr.io`, and put the path in '
        "repository_prefix"
    )


def test_settings_name_registries_that_exist() -> None:
    settings = Settings(default_registry="registries/a", cache_registry="registries/b")

    assert [fault.field for fault in settings_faults(settings, Snapshot())] == [
        "default_registry",
        "cache_registry",
    ]


def test_repr_shows_no_sealed_secret() -> None:
    assert "sealed" not in repr(registry(Provider.GHCR, sealed_secret=b"sealed"))
