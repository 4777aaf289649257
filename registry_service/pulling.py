"""How images are pulled: whose credentials, and where from. Pure: it answers from a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from freshet.references import InvalidReference, Reference, normalise_domain, parse_reference
from registry_service.contexts import read_contexts
from registry_service.errors import ContextsShareDomain, RegistryNotFound, RegistryServiceError
from registry_service.queries import Notice, Notices
from registry_service.registries import Registry
from registry_service.rules import SERVICE_ACCOUNT_DOMAIN
from registry_service.snapshot import Snapshot

_LONGEST_IMAGE = 1024
"""Name, tag and digest take no more; what is longer is not looked at."""
_LATEST = "latest"
_MOST_ACCOUNTS = 100
"""How many registries of one domain are looked at for their prefixes, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullChoice:
    """The registry whose credentials a pull from one domain uses."""

    domain: str
    """Normalised."""
    registry: Registry | None
    """None: an anonymous pull."""
    warnings: Notices = ()
    by_repository: bool = False
    """Whether other registries of the domain serve some of its repositories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPlan:
    """Where an image is pulled from."""

    reference: str
    """Normalised, with tag or digest."""
    choice: PullChoice
    fallback: PullFallback | None
    """None: there is no second place."""
    warnings: Notices


@dataclass(frozen=True, slots=True, kw_only=True)
class PullFallback:
    """The second place to pull an image from."""

    registry: Registry
    reference: str


def resolve_pulls(
    images: Iterable[str], contexts: Iterable[str], snapshot: Snapshot
) -> Sequence[PullPlan | Notice]:
    """Return how each of `images` is pulled, in order; a notice tells why it cannot be read.

    Args:
        images: References as pipelines write them.
        contexts: Names that pipelines use; each takes the place of its domain's primary one.
        snapshot: The registries there are.

    Raises:
        RegistryNotFound: a context names none.
        ContextsShareDomain: two contexts are for one domain.
    """
    choose = _chooser(contexts, snapshot)
    return [_plan(number, image, choose, snapshot) for number, image in enumerate(images)]


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
    choose = _chooser(contexts, snapshot)
    return [choose(normalise_domain(domain), "") for domain in domains]


def _plan(
    number: int, image: str, choose: Callable[[str, str], PullChoice], snapshot: Snapshot
) -> PullPlan | Notice:
    try:
        reference = _read(image)
    except InvalidReference as error:
        return Notice(
            reason="REFERENCE_INVALID",
            about=f"images[{number}]",
            message=str(error),
            help="write `[domain/]path[:tag][@digest]`",
            facts={"image": image[:_LONGEST_IMAGE]},
        )
    choice = choose(reference.domain, reference.path)
    fallback, warnings = _fallback(reference, choice.registry, snapshot)
    return PullPlan(
        reference=str(reference),
        choice=choice,
        fallback=fallback,
        warnings=choice.warnings + warnings,
    )


def _read(image: str) -> Reference:
    if len(image) > _LONGEST_IMAGE:
        raise InvalidReference(f"it has {len(image)} characters, at most {_LONGEST_IMAGE} are read")
    reference = parse_reference(image)
    return reference if reference.tag or reference.digest else reference._replace(tag=_LATEST)


def _fallback(
    reference: Reference, registry: Registry | None, snapshot: Snapshot
) -> tuple[PullFallback | None, Notices]:
    """Return the same image in the fallback of `registry`; that one's own is not looked at."""
    fallback = snapshot.registries.get(registry.fallback_registry) if registry else None
    if fallback is None:
        return None, ()
    prefix = f"{fallback.repository_prefix}/" if fallback.repository_prefix else ""
    there = reference._replace(domain=fallback.domain, path=prefix + reference.path)
    if fault := _unusable(there):
        return None, (_without_fallback(fallback, fault),)
    return PullFallback(registry=fallback, reference=str(there)), ()


def _unusable(there: Reference) -> str:
    if there.domain == SERVICE_ACCOUNT_DOMAIN:
        return "only its credentials tell where it is"
    try:
        parse_reference(str(there))
    except InvalidReference as error:
        return str(error)
    return ""


def _without_fallback(fallback: Registry, fault: str) -> Notice:
    return Notice(
        reason="FALLBACK_UNUSABLE",
        message=f'the fallback registry "{fallback.id}" is left out: {fault}',
        help="give the registry another fallback",
        facts={"registry": fallback.id},
    )


def _chooser(contexts: Iterable[str], snapshot: Snapshot) -> Callable[[str, str], PullChoice]:
    """Return what chooses for a normalised domain and a path; it looks for each of them once.

    An empty path stands for all that no registry has a prefix for.
    """
    chosen, faults = read_contexts(contexts, snapshot)
    for fault in faults:
        raise _refusal(fault)
    default = cache(lambda domain: _default(domain, chosen, snapshot))
    return cache(lambda domain, path: _for_path(path, default(domain), chosen, snapshot))


def _refusal(fault: Notice) -> RegistryServiceError:
    facts = fault.facts
    if fault.reason == "REGISTRY_NOT_FOUND":
        return RegistryNotFound(facts["registry"], fault.help)
    return ContextsShareDomain(facts["domain"], facts["first"], facts["second"])


def _default(domain: str, chosen: Mapping[str, Registry], snapshot: Snapshot) -> PullChoice:
    if domain in chosen:
        return PullChoice(domain=domain, registry=chosen[domain])
    candidates = snapshot.first_of(domain, 2)
    if not candidates:
        return PullChoice(domain=domain, registry=None)
    primary = snapshot.primary_of(domain)
    if primary or len(candidates) == 1:
        return PullChoice(domain=domain, registry=primary or candidates[0])
    first = candidates[0]
    return PullChoice(domain=domain, registry=first, warnings=(_no_primary(domain, first),))


def _for_path(
    path: str, default: PullChoice, chosen: Mapping[str, Registry], snapshot: Snapshot
) -> PullChoice:
    """Return the registry of the longest prefix that `path` lies under, else the default."""
    context = chosen.get(default.domain)
    if default.registry is None or (context and not context.repository_prefix):
        return default  # a context without a prefix is for the whole domain
    others = [
        each
        for each in snapshot.first_of(default.domain, _MOST_ACCOUNTS)
        if each.repository_prefix and each != default.registry
    ]
    serving = [each for each in (default.registry, *others) if _serves(each, path)]
    best = max(serving, key=lambda each: len(each.repository_prefix), default=default.registry)
    kept = default.warnings if best is default.registry else ()
    return replace(default, registry=best, warnings=kept, by_repository=bool(others))


def _serves(registry: Registry, path: str) -> bool:
    return f"{path}/".startswith(f"{registry.repository_prefix}/") and bool(
        registry.repository_prefix
    )


def _no_primary(domain: str, first: Registry) -> Notice:
    return Notice(
        reason="NO_PRIMARY_REGISTRY",
        message=f'several registries are at "{domain}" and none is primary; "{first.id}" is used',
        help="make one of them primary",
        facts={"domain": domain, "registry": first.id},
    )
