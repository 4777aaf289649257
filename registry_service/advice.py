"""What is allowed in a registry and may still not be meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from freshet.references import DOCKER_HUB
from registry_service.queries import Notice
from registry_service.registries import Provider, Registry
from registry_service.snapshot import Snapshot

_LOCAL = "localhost"


def advice(registry: Registry, given_domain: str, snapshot: Snapshot) -> Iterator[Notice]:
    """Yield what the user should know of a stored `registry`.

    Args:
        registry: As `snapshot` has it.
        given_domain: As the request writes it; empty: it gave none.
        snapshot: The registries there are.
    """
    if _is_like_a_host(registry.id):
        yield _name_like_host(registry)
    if given_domain and _is_other(given_domain, registry):
        yield _domain_normalised(registry, given_domain)
    primary = snapshot.primary_of(registry.domain)
    if primary and primary.name != registry.name:
        yield _not_primary(registry, primary)


def _is_like_a_host(registry_id: str) -> bool:
    """Tell whether a pipeline that names the registry could as well mean a host."""
    return "." in registry_id or registry_id == _LOCAL


def _is_other(given: str, registry: Registry) -> bool:
    location = registry.provider is Provider.GAR and "." not in given  # its host is computed
    alias = registry.domain == DOCKER_HUB  # all its names are well known
    return given != registry.domain and not location and not alias


def _name_like_host(registry: Registry) -> Notice:
    return Notice(
        reason="NAME_LIKE_HOST",
        about="registry_id",
        message=f'"{registry.id}" looks like a host: pipelines that misspell it are not told so, '
        "since they could mean a registry without a record",
        help=f"choose a name without dots, such as `{registry.id.replace('.', '-')}`",
        facts={"registry": registry.id},
    )


def _domain_normalised(registry: Registry, given: str) -> Notice:
    return Notice(
        reason="DOMAIN_NORMALISED",
        about="registry.domain",
        message=f'"{given}" is stored as "{registry.domain}"',
        help=f"write `{registry.domain}`",
        facts={"given": given, "domain": registry.domain},
    )


def _not_primary(registry: Registry, primary: Registry) -> Notice:
    return Notice(
        reason="NOT_PRIMARY",
        about="registry.primary",
        message=f'pulls from "{registry.domain}" go on logging in as "{primary.id}" says',
        help=f'make "{registry.id}" primary, or name it in `registry_context`',
        facts={"domain": registry.domain, "primary": primary.id, "registry": registry.id},
    )
