"""The registries that a step pulls with in place of the primary ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from registry_service.choosing import not_found
from registry_service.queries import Notice, Notices
from registry_service.registries import Registry
from registry_service.snapshot import Snapshot

_MOST_UNKNOWN = 20
"""Looking for a name that is like an unknown one takes time."""


def read_contexts(
    contexts: Iterable[str], snapshot: Snapshot
) -> tuple[Mapping[str, Registry], Notices]:
    """Return the registry that `contexts` choose for each domain, and their faults.

    A name may stand there twice, and empty text is skipped. Of the domains that several contexts
    share, only the first is told; of unknown names, so many as somebody reads.
    """
    chosen: dict[str, Registry] = {}
    unknown: list[Notice] = []
    shared: list[Notice] = []
    for number, registry_id in enumerate(contexts):
        if not registry_id:
            continue
        about = f"registry_contexts[{number}]"
        registry = snapshot.with_id(registry_id)
        if registry is None and len(unknown) < _MOST_UNKNOWN:
            unknown.append(not_found(registry_id, snapshot, about))
        elif registry and (first := chosen.setdefault(registry.domain, registry)) is not registry:
            shared.append(_same_domain(first, registry, about))
    return chosen, (*unknown, *shared[:1])


def _same_domain(first: Registry, second: Registry, about: str) -> Notice:
    return Notice(
        reason="CONTEXTS_SHARE_DOMAIN",
        code=207,
        about=about,
        message=f'the registry contexts "{first.id}" and "{second.id}" are both for '
        f'"{first.domain}"',
        help="leave one out",
        facts={"domain": first.domain, "first": first.id, "second": second.id},
    )
