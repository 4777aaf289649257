"""Which registry a step pushes to. Pure: it answers from a snapshot and asks nobody."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from freshet.rpc.names import REGISTRIES
from registry_service.queries import Notice, Notices, Omission, Purpose, Query
from registry_service.registries import DefaultPush, Registry
from registry_service.snapshot import Snapshot

Choice: TypeAlias = Registry | Omission | Notice

_LONGEST_NAME = 128
_LOOKED_AT = 100
"""Names before and after an unknown one that may be like it: a comparison takes 60 µs."""


def choose(query: Query, snapshot: Snapshot) -> tuple[Choice, Notices]:
    """Return the registry that a step pushes to, or why there is none; and warnings."""
    if query.purpose is Purpose.PULL:
        return _PULL_ONLY, ()
    if query.purpose is Purpose.PUSH and not snapshot.registries:
        return _NO_REGISTRY_TO_PUSH_TO, ()
    if query.registry_id:
        registry = snapshot.with_id(query.registry_id)
        return registry or not_found(query.registry_id, snapshot), ()
    if query.purpose is Purpose.PUSH:
        return _choose_for_push(snapshot)
    return _choose_for_build(query, snapshot)


def _choose_for_push(snapshot: Snapshot) -> tuple[Choice, Notices]:
    registry = _default(snapshot) or snapshot.oldest
    assert registry  # there is at least one
    if len(snapshot.registries) == 1:
        return registry, ()
    return registry, (
        Notice(
            reason="DEFAULT_REGISTRY_USED",
            code=203,
            message=f'the step names no registry; the image is pushed to "{registry.id}"',
            help=f"write `registry: {registry.id}`, or the name of another",
            facts={"registry": registry.id},
        ),
    )


def _choose_for_build(query: Query, snapshot: Snapshot) -> tuple[Choice, Notices]:
    if query.push_disabled:
        return PUSH_DISABLED, ()
    mode = snapshot.settings.default_push
    if mode is DefaultPush.EXPLICIT and not query.push_required:
        return _PUSH_UNDECIDED, ()
    if mode is DefaultPush.NEVER and not query.push_required:
        return _NEVER_PUSH, ()
    if not snapshot.registries:
        return _NO_REGISTRY, ()
    registry = _default(snapshot)
    if registry:
        return registry, ()
    return _NO_DEFAULT_REGISTRY, (_NO_DEFAULT_WARNING,)


def _default(snapshot: Snapshot) -> Registry | None:
    flagged = snapshot.registries.get(snapshot.settings.default_registry)
    if flagged or len(snapshot.registries) != 1:
        return flagged
    return snapshot.oldest


def not_found(registry_id: str, snapshot: Snapshot, about: str = "registry_id") -> Notice:
    """Return the fault that `about` names no registry, with the names nearest to it."""
    around = snapshot.names.around(REGISTRIES.name(registry_id), _LOOKED_AT)
    near = _nearest(registry_id, tuple(REGISTRIES.id(name) for name in around))
    return Notice(
        reason="REGISTRY_NOT_FOUND",
        code=202,
        about=about,
        message=f'there is no registry "{registry_id}"',
        help=(
            f"did you mean {' or '.join(f'`{name}`' for name in near)}?"
            if near
            else "`freshet registry list` shows the registries there are"
        ),
        facts={"registry": registry_id, **({"suggestion": near[0]} if near else {})},
    )


@lru_cache(maxsize=1024)  # a search takes milliseconds, and a pipeline repeats its mistakes
def _nearest(wanted: str, names: tuple[str, ...]) -> list[str]:
    if len(wanted) > _LONGEST_NAME:
        return []
    import difflib  # costs as much as all questions without a mistake take

    by_lower = {name.lower(): name for name in names}
    return [by_lower[near] for near in difflib.get_close_matches(wanted.lower(), by_lower)]


_NO_REGISTRY_TO_PUSH_TO = Notice(
    reason="NO_REGISTRY",
    code=200,
    message="there is no registry to push to",
    help="connect one: `freshet registry add`",
)
_PUSH_UNDECIDED = Notice(
    reason="PUSH_UNDECIDED",
    code=204,
    message="the step names no registry, and the settings ask every build step to decide",
    help="write `registry`, or `disable_push`",
)
_NEVER_PUSH = Omission(
    reason="NEVER_PUSH", message="the settings say that build steps push only when told to"
)
PUSH_DISABLED = Omission(reason="PUSH_DISABLED", message="the step says `disable_push`")
_PULL_ONLY = Omission(reason="PULL_ONLY", message="the step pushes nothing")
_NO_REGISTRY = Omission(
    reason="NO_REGISTRY", message="there is no registry; the image stays on the daemon"
)
_NO_DEFAULT_REGISTRY = Omission(
    reason="NO_DEFAULT_REGISTRY",
    message="no registry is the default; the image stays on the daemon",
)
_NO_DEFAULT_WARNING = Notice(
    reason="NO_DEFAULT_REGISTRY",
    code=205,
    message="the image is not pushed: the step names no registry and none is the default",
    help="write `registry`, choose a default registry, or say `disable_push: true`",
)
