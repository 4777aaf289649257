"""What a registry and the settings must fulfil; every rule that is broken is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace

from freshet.references import DOCKER_HUB, MAX_NAME_LENGTH, is_domain, is_path, normalise_domain
from registry_service.errors import Fault
from registry_service.login_rules import login_faults
from registry_service.registries import (
    AzureLogin,
    EcrLogin,
    GoogleLogin,
    Kind,
    Login,
    Provider,
    Registry,
    Settings,
    Transport,
)
from registry_service.snapshot import Snapshot

SERVICE_ACCOUNT_DOMAIN = "from.service-account"
"""Stands for the domain of an ECR registry that only the credentials of a machine tell."""
_LONGEST_NAME = 128
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{_LONGEST_NAME - 1}}}")
_ECR_DOMAIN = re.compile(
    r"\d{12}\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
)
_LOCATION = re.compile(r"[a-z]+(-[a-z]+\d+)?")
_LONGEST_CERTIFICATES = 256 * 1024
_LONGEST_LOGIN = 1024
"""Of user names, ids and the like; secrets are measured where they are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProviderRules:
    kind: Kind = Kind.STANDARD
    default_domain: str = ""
    """Taken when none is given; empty: one must be given."""
    domain: re.Pattern[str] | None = None
    """What the domain must match; None: any host."""
    example: str = "registry.example.com:5000"
    login: type | None = None
    """Way to log in beside those that every provider has."""


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
    if too_long := list(_length_faults(registry)):
        return too_long  # the others quote what they judge
    return [
        *_name_faults(registry),
        *_domain_faults(registry),
        *_prefix_faults(registry),
        *_fallback_faults(registry, snapshot),
        *login_faults(registry, _RULES[registry.provider].login, has_secret=has_secret),
        *_transport_faults(registry),
    ]


def settings_faults(settings: Settings, snapshot: Snapshot) -> list[Fault]:
    """Return what is wrong with `settings` for the registries of `snapshot`."""
    faults = []
    for field in ("default_registry", "cache_registry"):
        name = getattr(settings, field)
        if name and name not in snapshot.registries:
            faults.append(_no_registry(field, name))
    cache = snapshot.registries.get(settings.cache_registry)
    if cache and cache.domain == DOCKER_HUB:
        told = "Docker Hub cannot be the caching registry"
        faults.append(Fault("cache_registry", told, "CACHE_ON_DOCKER_HUB"))
    return faults


def role_faults(registry: Registry, settings: Settings) -> list[Fault]:
    """Return what is wrong with `registry` for the role it has in `settings`."""
    if settings.cache_registry == registry.name and registry.domain == DOCKER_HUB:
        told = "it is the caching registry, which cannot be Docker Hub"
        return [Fault("domain", told, "CACHE_ON_DOCKER_HUB")]
    return []


def unknown_provider(field: str) -> Fault:
    """Return that `field` has a provider which this version does not know."""
    return Fault(field, "expected one of the known providers", "PROVIDER_UNKNOWN")


def too_long(field: str, length: int, limit: int) -> Fault:
    """Return that `field` is longer than it may be; the fault does not quote it."""
    return Fault(field, f"it has {length} characters, expected at most {limit}", "FIELD_TOO_LONG")


def _length_faults(registry: Registry) -> Iterator[Fault]:
    measured = [
        ("registry_id", registry.name.partition("/")[2], _LONGEST_NAME),
        ("domain", registry.domain, MAX_NAME_LENGTH),
        ("repository_prefix", registry.repository_prefix, MAX_NAME_LENGTH),
        ("fallback_registry", registry.fallback_registry, MAX_NAME_LENGTH),
        *(("login", text, _LONGEST_LOGIN) for text in _texts(registry.login)),
        *(("transport", text, _LONGEST_CERTIFICATES) for text in _texts(registry.transport)),
    ]
    for field, text, limit in measured:
        if len(text) > limit:
            yield too_long(field, len(text), limit)


def _texts(part: Login | Transport | None) -> Iterator[str]:
    values = (getattr(part, each.name) for each in fields(part)) if part else ()
    return (value for value in values if isinstance(value, str))


def _no_registry(field: str, name: str) -> Fault:
    return Fault(field, f'there is no registry "{name}"', "REGISTRY_NOT_FOUND")


def _name_faults(registry: Registry) -> Iterator[Fault]:
    registry_id = registry.name.partition("/")[2]
    if not _NAME.fullmatch(registry_id):
        yield Fault(
            "registry_id",
            f'"{registry_id}" must have at most {_LONGEST_NAME} letters, digits, `_`, `.` and '
            "`-`, and begin with a letter or digit",
            "NAME_INVALID",
        )


def _domain_faults(registry: Registry) -> Iterator[Fault]:
    rules, domain = _RULES[registry.provider], registry.domain
    expected = f"expected a host like `{rules.example}`"
    if not domain:
        yield Fault("domain", f"it is needed; {expected}", "FIELD_REQUIRED")
    elif "/" in domain:
        told = f'"{domain}" has a path; {expected}, and put the path in repository_prefix'
        yield Fault("domain", told, "DOMAIN_HAS_PATH")
    elif not is_domain(domain):
        told = f'"{domain}" is no host with optional port; {expected}'
        yield Fault("domain", told, "DOMAIN_INVALID")
    elif rules.domain and not rules.domain.fullmatch(domain):
        told = f'"{domain}" is not of {registry.provider.value}; {expected}'
        yield Fault("domain", told, "DOMAIN_OF_OTHER_PROVIDER")
    elif fault := _region_fault(registry):
        yield fault


def _region_fault(registry: Registry) -> Fault | None:
    match, login = _ECR_DOMAIN.fullmatch(registry.domain), registry.login
    if not match or not isinstance(login, EcrLogin) or match["region"] == login.region:
        return None
    told = f'"{registry.domain}" is not in the region "{login.region}" of the login'
    return Fault("domain", told, "DOMAIN_OF_OTHER_REGION")


def _prefix_faults(registry: Registry) -> Iterator[Fault]:
    prefix = registry.repository_prefix
    if prefix.startswith("/") or prefix.endswith("/"):
        told = f'"{prefix}" must not begin or end with `/`'
        yield Fault("repository_prefix", told, "PREFIX_HAS_SLASHES")
    elif prefix and not is_path(prefix):
        told = f'"{prefix}" must be words of a-z and 0-9, joined by `/`, `.`, `_`, `__` or `-`'
        yield Fault("repository_prefix", told, "PREFIX_INVALID")


def _fallback_faults(registry: Registry, snapshot: Snapshot) -> Iterator[Fault]:
    fallback = registry.fallback_registry
    if fallback == registry.name:
        told = "a registry cannot be its own fallback"
        yield Fault("fallback_registry", told, "FALLBACK_IS_ITSELF")
    elif fallback and fallback not in snapshot.registries:
        yield _no_registry("fallback_registry", fallback)


def _transport_faults(registry: Registry) -> Iterator[Fault]:
    pem = registry.transport.ca_certificates_pem
    if not pem:
        return
    import ssl  # slow to import, and few registries bring certificates

    load: Callable[..., None] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations
    try:
        load(cadata=pem)
    except (ssl.SSLError, ValueError, TypeError):  # TypeError: characters that are not ASCII
        told = "expected certificates in PEM form"
        yield Fault("transport.ca_certificates_pem", told, "CERTIFICATES_INVALID")
