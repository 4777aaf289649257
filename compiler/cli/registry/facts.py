"""What people see of registries and settings, in the words of `docs/catalog.md`."""

import hashlib
import sys

from compiler.formats.text import one_line, width
from freshet.registry.v1.registry_pb2 import Registry, RegistryLogin, RegistrySettings
from freshet.rpc.names import REGISTRIES

PROVIDERS = {
    "dockerhub": Registry.PROVIDER_DOCKER_HUB,
    "ecr": Registry.PROVIDER_ECR,
    "gcr": Registry.PROVIDER_GCR,
    "gar": Registry.PROVIDER_GAR,
    "acr": Registry.PROVIDER_ACR,
    "artifactory": Registry.PROVIDER_ARTIFACTORY,
    "quay": Registry.PROVIDER_QUAY,
    "ghcr": Registry.PROVIDER_GHCR,
    "other": Registry.PROVIDER_OTHER,
}
PROVIDER_WORDS = {value: word for word, value in PROVIDERS.items()}
"""What the command line calls each provider."""
DEFAULT_PUSHES = {
    word: RegistrySettings.DefaultPush.Value(f"DEFAULT_PUSH_{word.upper()}")
    for word in ("auto", "never", "explicit")
}
ROLES = {"default": "default_registry", "cache": "cache_registry"}
"""Roles that the settings give, and their fields there."""
_ANONYMOUS = "anonymous"
_PEM_END = "-----END "

Facts = dict[str, object]


def registry_id(name: str) -> str:
    """Return the name that pipelines use; empty for none."""
    return name.removeprefix(REGISTRIES.name(""))


def facts_of(registry: Registry, settings: RegistrySettings) -> Facts:
    """Return what there is to know of a registry. Secrets never come from the service."""
    login, transport = registry.login, registry.transport
    return {
        "name": registry_id(registry.name),
        "provider": PROVIDER_WORDS.get(registry.provider, "unknown"),
        "domain": registry.domain,
        "prefix": registry.repository_prefix,
        "default": settings.default_registry == registry.name,
        "cache": settings.cache_registry == registry.name,
        "primary": registry.primary,
        "fallback": registry_id(registry.fallback_registry),
        "behind_firewall": registry.behind_firewall,
        **_login_facts(login),
        "plain_http": transport.plain_http,
        "insecure": transport.insecure_skip_verify,
        "ca": transport.ca_certificates_pem,
        "client_certificate": transport.client_certificate_pem,
        "client_key_set": transport.client_private_key_set,
    }


def login_word(registry: Registry) -> str:
    """Return what the way to log in is called."""
    return registry.login.WhichOneof("method") or _ANONYMOUS


def _login_facts(login: RegistryLogin) -> Facts:
    environment = login.environment
    variables = (environment.username_variable, environment.password_variable)
    return {
        "login": login.WhichOneof("method") or _ANONYMOUS,
        "username": login.password.username,
        "region": login.ecr.region,
        "access_key_id": login.ecr.access_key_id,
        "project": login.google.project_id,
        "client_id": login.azure.client_id,
        "helper": login.helper.helper,
        "service_environment": ", ".join(filter(None, variables)),
        "secret_set": login.secret_set,
    }


def shown(value: object) -> str:
    """Return a fact for people, on one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if _PEM_END in text:
        digest = hashlib.sha256(text.encode()).hexdigest()
        return f"PEM of {text.count(_PEM_END)} (SHA-256 {digest[:12]}…)"
    return one_line(text) or "-"


def print_facts(facts: Facts) -> None:
    """Print facts below each other; those that say nothing are left out."""
    told = {key: value for key, value in facts.items() if value != ""}
    widest = max(map(len, told))
    for key, value in told.items():
        print(f"{key:{widest}}  {shown(value)}")


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows in aligned columns; wide characters take two columns of a terminal."""
    rows = [tuple(one_line(cell) for cell in row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [
            cell + " " * (widest - width(cell)) for cell, widest in zip(row, widths, strict=True)
        ]
        print("  ".join(padded).rstrip())


def tell(message: str) -> None:
    """Say something beside the result, where it does not get into a file."""
    print(one_line(message), file=sys.stderr)
