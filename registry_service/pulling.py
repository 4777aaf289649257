"""Which registry's credentials a pull uses. Pure: it answers from a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from freshet.references import normalise_domain
from registry_service.contexts import read_contexts
from registry_service.errors import ContextsShareDomain, RegistryNotFound, RegistryServiceError
from registry_service.queries import Notice
from registry_service.registries import Registry, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PullChoice:
    """The registry whose credentials a pull from one domain uses."""

    domain: str
    """Normalised."""
    registry: Registry | None
    """None: an anonymous pull."""
    warnings: tuple[Notice, ...] = ()


def find_pull_registries(
    domains: Iterable[str], contexts: Iterable[str], snapshot: Snapshot
) -> Sequence[PullChoice]:
    """Return the choice for each of `domains`, in order.

    Args:
        domains: Empty text means Docker Hub.
        contexts: Names that pipelines use; each takes the place of its domain's primary one.
        snapshot: The registries there are.

    Raises:
        RegistryNotFound: a context names none.
        ContextsShareDomain: two contexts are for one domain.
    """
    chosen = _by_domain(contexts, snapshot)
    return [_choose(normalise_domain(domain), chosen, snapshot) for domain in domains]


def _by_domain(contexts: Iterable[str], snapshot: Snapshot) -> Mapping[str, Registry]:
    chosen, faults = read_contexts(contexts, snapshot)
    for fault in faults:
        raise _refusal(fault)
    return chosen


def _refusal(fault: Notice) -> RegistryServiceError:
    facts = fault.facts
    if fault.reason == "REGISTRY_NOT_FOUND":
        return RegistryNotFound(facts["registry"], fault.help)
    return ContextsShareDomain(facts["domain"], facts["first"], facts["second"])


def _choose(domain: str, chosen: Mapping[str, Registry], snapshot: Snapshot) -> PullChoice:
    if domain in chosen:
        return PullChoice(domain=domain, registry=chosen[domain])
    candidates = snapshot.of_domain(domain)
    if not candidates:
        return PullChoice(domain=domain, registry=None)
    primary = next((registry for registry in candidates if registry.primary), None)
    if primary or len(candidates) == 1:
        return PullChoice(domain=domain, registry=primary or candidates[0])
    first = candidates[0]
    return PullChoice(domain=domain, registry=first, warnings=(_no_primary(domain, first),))


def _no_primary(domain: str, first: Registry) -> Notice:
    return Notice(
        reason="NO_PRIMARY_REGISTRY",
        message=f'several registries are at "{domain}" and none is primary; "{first.id}" is used',
        help="make one of them primary",
        facts={"domain": domain, "registry": first.id},
    )
