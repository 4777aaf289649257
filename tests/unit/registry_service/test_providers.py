"""What is particular to each provider: domains, logins, family, role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
)
from registry_service.rules import kind_of, normalised, registry_faults, settings_faults
from registry_service.snapshot import Snapshot

ECR_DOMAIN = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
LOGINS: tuple[Login, ...] = (
    PasswordLogin(username="ann"),
    EcrLogin(region="eu-west-1", access_key_id="AKIA"),
    GoogleLogin(project_id="shop"),
    AzureLogin(client_id="id"),
    HelperLogin(suffix="pass"),
)
FOR_ALL = (PasswordLogin, HelperLogin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one provider takes."""

    kind: Kind = Kind.STANDARD
    domains: Mapping[str, str]
    """As given, and as stored."""
    refused: tuple[str, ...] = ()
    login: type | None = None
    """Beside those that all have."""
    cache: bool = True
    missing: tuple[str, ...] = field(default=("",))
    """Domains that say nothing, and where none is computed."""


TABLE: Mapping[Provider, Row] = {
    Provider.DOCKER_HUB: Row(
        domains={
            "": "docker.io",
            "docker.io": "docker.io",
            "https://index.docker.io/v1/": "docker.io",
            "registry-1.docker.io": "docker.io",
            "registry.hub.docker.com": "docker.io",
            "DOCKER.IO": "docker.io",
        },
        refused=("ghcr.io", "docker.io/acme", "docker.io:443"),
        cache=False,
        missing=(),
    ),
    Provider.ECR: Row(
        kind=Kind.ECR,
        domains={
            ECR_DOMAIN: ECR_DOMAIN,
            f"https://{ECR_DOMAIN}/": ECR_DOMAIN,
            f"{ECR_DOMAIN}.cn": f"{ECR_DOMAIN}.cn",
            "123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com": (
                "123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com"
            ),
        },
        refused=("public.ecr.aws", "12.dkr.ecr.eu-west-1.amazonaws.com", f"{ECR_DOMAIN}/app"),
        login=EcrLogin,
    ),
    Provider.GCR: Row(
        kind=Kind.GOOGLE,
        domains={name: name for name in ("gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io")},
        refused=("gcr.io/project", "af.gcr.io", "ghcr.io", "gcr.io:443"),
        login=GoogleLogin,
    ),
    Provider.GAR: Row(
        kind=Kind.GOOGLE,
        domains={
            "asia": "asia-docker.pkg.dev",
            "europe-north1": "europe-north1-docker.pkg.dev",
            "us-docker.pkg.dev": "us-docker.pkg.dev",
            "https://us-docker.pkg.dev/": "us-docker.pkg.dev",
        },
        refused=("gcr.io", "europe-docker.pkg.dev/project", "pkg.dev"),
        login=GoogleLogin,
    ),
    Provider.ACR: Row(
        domains={"acme.azurecr.io": "acme.azurecr.io", "Acme.azurecr.io": "acme.azurecr.io"},
        refused=("azurecr.io", "acme.azurecr.io/team", "acme.azure.com"),
        login=AzureLogin,
    ),
    Provider.ARTIFACTORY: Row(
        domains={
            "acme.jfrog.io": "acme.jfrog.io",
            "acme-docker.bintray.io": "acme-docker.bintray.io",
        }
    ),
    Provider.QUAY: Row(domains={"": "quay.io", "quay.acme.test": "quay.acme.test"}, missing=()),
    Provider.GHCR: Row(domains={"": "ghcr.io", "https://ghcr.io/v2/": "ghcr.io"}, missing=()),
    Provider.OTHER: Row(
        domains={
            "registry.digitalocean.com": "registry.digitalocean.com",
            "public.ecr.aws": "public.ecr.aws",
            "http://localhost:5000/": "localhost:5000",
            "Registry.Acme.Test:8443": "registry.acme.test:8443",
            "[::1]:5000": "[::1]:5000",
        },
        refused=("host/path", "ftp://host", "my host", "host:port", "host:70000", "-host"),
    ),
}


def registry(provider: Provider, domain: str, login: Login | None = None) -> Registry:
    one = Registry(name="registries/one", provider=provider, domain=domain, login=login)
    return normalised(one)


def faults(one: Registry) -> list[str]:
    return [fault.field for fault in registry_faults(one, Snapshot(), has_secret=True)]


def test_every_provider_has_a_row() -> None:
    assert set(TABLE) == set(Provider)


@pytest.mark.parametrize("provider", Provider)
def test_provider_takes_its_domains_in_every_writing(provider: Provider) -> None:
    for given, stored in TABLE[provider].domains.items():
        one = registry(provider, given)

        assert (one.domain, faults(one)) == (stored, []), given


@pytest.mark.parametrize("provider", Provider)
def test_provider_refuses_other_domains(provider: Provider) -> None:
    for given in (*TABLE[provider].refused, *TABLE[provider].missing):
        assert faults(registry(provider, given)) == ["domain"], given


@pytest.mark.parametrize("provider", Provider)
def test_provider_has_its_own_ways_to_log_in(provider: Provider) -> None:
    row = TABLE[provider]
    domain = next(iter(row.domains))

    for login in LOGINS:
        told = faults(registry(provider, domain, login))

        fits = isinstance(login, (*FOR_ALL, *([row.login] if row.login else [])))
        assert ("login" not in told) == fits, login


@pytest.mark.parametrize("provider", Provider)
def test_provider_has_a_kind(provider: Provider) -> None:
    assert kind_of(provider) is TABLE[provider].kind


@pytest.mark.parametrize("provider", Provider)
def test_provider_may_be_the_caching_registry_or_not(provider: Provider) -> None:
    one = registry(provider, next(iter(TABLE[provider].domains)))
    settings = Settings(default_registry=one.name, cache_registry=one.name)

    told = settings_faults(settings, Snapshot(registries={one.name: one}))

    assert [fault.reason for fault in told] == (
        [] if TABLE[provider].cache else ["CACHE_ON_DOCKER_HUB"]
    )
