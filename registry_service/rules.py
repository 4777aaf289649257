"""What a registry and the settings must fulfil; every rule that is broken is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from freshet.references import DOCKER_HUB, is_domain, is_path, normalise_domain
from registry_service.registries import (
    AzureLogin,
    EcrLogin,
    GoogleLogin,
    HelperLogin,
    Kind,
    PasswordLogin,
    Provider,
    Registry,
    Settings,
    Snapshot,
)

Fault = tuple[str, str]
"""A field of the request and what is wrong with it."""

SERVICE_ACCOUNT_DOMAIN = "from.service-account"
"""Stands for the domain of an ECR registry that only the credentials of a machine tell."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_ECR_DOMAIN = re.compile(
    r"\d{12}\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
)
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_LOCATION = re.compile(r"[a-z]+(-[a-z]+\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProviderRules:
    kind: Kind = Kind.STANDARD
    default_domain: str = ""
    """Taken when none is given; empty: one must be given."""
    domain: re.Pattern[str] | None = None
    """What the domain must match; None: any host."""
    example: str = "registry.example.com:5000"
    login: type | None = None
    """Way to log in beside a password and a helper."""


_RULES: Mapping[Provider, _ProviderRules] = {
    Provider.DOCKER_HUB: _ProviderRules(
        default_domain=DOCKER_HUB, domain=re.compile(re.escape(DOCKER_HUB)), example=DOCKER_HUB
    ),
    Provider.ECR: _ProviderRules(
        kind=Kind.ECR,
        domain=re.compile(f"{_ECR_DOMAIN.pattern}|{re.escape(SERVICE_ACCOUNT_DOMAIN)}"),
        example="123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        login=EcrLogin,
    ),
    Provider.GCR: _ProviderRules(
        kind=Kind.GOOGLE,
        domain=re.compile(r"((us|eu|asia)\.)?gcr\.io"),
        example="gcr.io",
        login=GoogleLogin,
    ),
    Provider.GAR: _ProviderRules(
        kind=Kind.GOOGLE,
        domain=re.compile(rf"{_LOCATION.pattern}-docker\.pkg\.dev"),
        example="europe-north1-docker.pkg.dev",
        login=GoogleLogin,
    ),
    Provider.ACR: _ProviderRules(
        domain=re.compile(r"[a-z0-9-]+\.azurecr\.(io|cn|us)"),
        example="acme.azurecr.io",
        login=AzureLogin,
    ),
    Provider.ARTIFACTORY: _ProviderRules(example="acme.jfrog.io"),
    Provider.QUAY: _ProviderRules(default_domain="quay.io"),
    Provider.GHCR: _ProviderRules(default_domain="ghcr.io"),
    Provider.OTHER: _ProviderRules(),
}


def kind_of(provider: Provider) -> Kind:
    """Return the family of a provider."""
    return _RULES[provider].kind


def normalised(registry: Registry) -> Registry:
    """Return `registry` with its domain as it is stored: computed, or normalised."""
    provider, given = registry.provider, registry.domain.strip()
    if not given:
        ambient = isinstance(registry.login, EcrLogin) and not registry.login.access_key_id
        computed = SERVICE_ACCOUNT_DOMAIN if ambient else _RULES[provider].default_domain
        return replace(registry, domain=computed)
    if provider is Provider.GAR and _LOCATION.fullmatch(given):
        return replace(registry, domain=f"{given}-docker.pkg.dev")
    return replace(registry, domain=normalise_domain(given))


def registry_faults(registry: Registry, snapshot: Snapshot, *, has_secret: bool) -> list[Fault]:
    """Return what is wrong with a normalised `registry` among the others of `snapshot`.

    Args:
        registry: As it would be stored.
        snapshot: The registries there are.
        has_secret: Whether a secret was given or is stored.
    """
    return [
        *_name_faults(registry),
        *_domain_faults(registry),
        *_prefix_faults(registry),
        *_fallback_faults(registry, snapshot),
        *_login_faults(registry, has_secret=has_secret),
        *_transport_faults(registry),
    ]


def settings_faults(settings: Settings, snapshot: Snapshot) -> list[Fault]:
    """Return what is wrong with `settings` for the registries of `snapshot`."""
    faults = []
    for field in ("default_registry", "cache_registry"):
        name = getattr(settings, field)
        if name and name not in snapshot.registries:
            faults.append((field, f'there is no registry "{name}"'))
    cache = snapshot.registries.get(settings.cache_registry)
    if cache and cache.domain == DOCKER_HUB:
        faults.append(("cache_registry", "Docker Hub cannot be the caching registry"))
    return faults


def role_faults(registry: Registry, settings: Settings) -> list[Fault]:
    """Return what is wrong with `registry` for the role it has in `settings`."""
    if settings.cache_registry == registry.name and registry.domain == DOCKER_HUB:
        return [("domain", "it is the caching registry, which cannot be Docker Hub")]
    return []


def _name_faults(registry: Registry) -> Iterator[Fault]:
    registry_id = registry.name.partition("/")[2]
    if not _NAME.fullmatch(registry_id):
        yield (
            "registry_id",
            f'"{registry_id}" must have at most 128 letters, digits, `_`, `.` and `-`, '
            "and begin with a letter or digit",
        )


def _domain_faults(registry: Registry) -> Iterator[Fault]:
    rules, domain = _RULES[registry.provider], registry.domain
    expected = f"expected a host like `{rules.example}`"
    if not domain:
        yield "domain", f"it is needed; {expected}"
    elif "/" in domain:
        yield "domain", f'"{domain}" has a path; {expected}, and put the path in repository_prefix'
    elif not is_domain(domain):
        yield "domain", f'"{domain}" is no host with optional port; {expected}'
    elif rules.domain and not rules.domain.fullmatch(domain):
        yield "domain", f'"{domain}" is not of {registry.provider.value}; {expected}'
    elif fault := _region_fault(registry):
        yield fault


def _region_fault(registry: Registry) -> Fault | None:
    match, login = _ECR_DOMAIN.fullmatch(registry.domain), registry.login
    if not match or not isinstance(login, EcrLogin) or match["region"] == login.region:
        return None
    return "domain", f'"{registry.domain}" is not in the region "{login.region}" of the login'


def _prefix_faults(registry: Registry) -> Iterator[Fault]:
    prefix = registry.repository_prefix
    if prefix.startswith("/") or prefix.endswith("/"):
        yield "repository_prefix", f'"{prefix}" must not begin or end with `/`'
    elif prefix and not is_path(prefix):
        yield (
            "repository_prefix",
            f'"{prefix}" must be words of a-z and 0-9, joined by `/`, `.`, `_`, `__` or `-`',
        )


def _fallback_faults(registry: Registry, snapshot: Snapshot) -> Iterator[Fault]:
    fallback = registry.fallback_registry
    if fallback == registry.name:
        yield "fallback_registry", "a registry cannot be its own fallback"
    elif fallback and fallback not in snapshot.registries:
        yield "fallback_registry", f'there is no registry "{fallback}"'


def _login_faults(registry: Registry, *, has_secret: bool) -> Iterator[Fault]:
    login = registry.login
    if login is None:
        return
    own = _RULES[registry.provider].login
    if not isinstance(login, (PasswordLogin, HelperLogin, *([own] if own else []))):
        yield "login", f"{registry.provider.value} has no such way to log in"
        return
    match login:
        case PasswordLogin():
            yield from _needed("login.password.username", login.username)
            yield from _needed("login.password.password", has_secret)
        case EcrLogin():
            yield from _ecr_faults(login, has_secret=has_secret)
        case GoogleLogin():
            yield from _needed("login.google.keyfile_json", has_secret)
            if has_secret and not login.project_id:
                yield "login.google.keyfile_json", "expected a JSON object with `project_id`"
        case AzureLogin():
            if has_secret:
                yield from _needed("login.azure.client_id", login.client_id)
        case HelperLogin():
            if not _HELPER.fullmatch(login.suffix):
                yield (
                    "login.helper.helper",
                    f'"{login.suffix}" is no suffix of a program `docker-credential-<suffix>`',
                )


def _ecr_faults(login: EcrLogin, *, has_secret: bool) -> Iterator[Fault]:
    if not _REGION.fullmatch(login.region):
        yield "login.ecr.region", f'"{login.region}" is no AWS region like `eu-west-1`'
    if login.access_key_id and not has_secret:
        yield from _needed("login.ecr.secret_access_key", has_secret)
    if has_secret:
        yield from _needed("login.ecr.access_key_id", login.access_key_id)


def _needed(field: str, value: object) -> Iterable[Fault]:
    return [] if value else [(field, "it is needed")]


def _transport_faults(registry: Registry) -> Iterator[Fault]:
    pem = registry.transport.ca_certificates_pem
    if not pem:
        return
    import ssl  # slow to import, and few registries bring certificates

    load: Callable[..., None] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations
    try:
        load(cadata=pem)
    except (ssl.SSLError, ValueError, TypeError):  # TypeError: characters that are not ASCII
        yield "transport.ca_certificates_pem", "expected certificates in PEM form"
