"""Where images are pushed: the choice of the registry and the name in it.

Pure: it answers from a snapshot and asks nobody.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

from freshet.references import DOCKER_HUB, MAX_NAME_LENGTH, Reference, is_path, split_reference
from registry_service.registries import (
    DefaultPush,
    GoogleLogin,
    PasswordLogin,
    Provider,
    Registry,
    Snapshot,
)

_LONGEST_NAME = 128
_GAR_SEGMENT_COUNT = 3  # project, repository, image


class Purpose(Enum):
    """The kind of step that asks."""

    BUILD = "build"
    PUSH = "push"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The question where a step pushes an image."""

    registry_id: str = ""
    """Empty: the step names none."""
    purpose: Purpose
    image_name: str
    from_candidate: bool = False
    """Whether the name is that of a push step's candidate, whose domain is dropped."""
    push_required: bool = False
    """Whether the step says `disable_push: false`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that is wrong or noteworthy."""

    reason: str
    """Stable, UPPER_SNAKE."""
    code: int = 0
    """Number of the check in the language's own list; 0: it has none."""
    message: str
    help: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Where an image is pushed."""

    registry: Registry
    repository: str
    """Domain and path, without tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Why a build step does not push, which is in order."""

    reason: str
    message: str


Result: TypeAlias = Repository | Omission | Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The answer to a query; a `Notice` as result is its fault."""

    result: Result
    warnings: tuple[Notice, ...] = ()


def resolve(query: Query, snapshot: Snapshot) -> Resolution:
    """Return where the step of `query` pushes."""
    choice, warnings = _choose(query, snapshot)
    if not isinstance(choice, Registry):
        return Resolution(result=choice, warnings=warnings)
    result, more_warnings = _name(query, choice)
    return Resolution(result=result, warnings=warnings + more_warnings)


def not_found(registry_id: str, snapshot: Snapshot) -> Notice:
    """Return the fault that no registry is called `registry_id`, with the nearest names."""
    near = _nearest(registry_id, tuple(each.id for each in snapshot.registries.values()))
    return Notice(
        reason="REGISTRY_NOT_FOUND",
        code=202,
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
    by_lower = {name.lower(): name for name in names}
    return [by_lower[near] for near in difflib.get_close_matches(wanted.lower(), by_lower)]


_Choice: TypeAlias = Registry | Omission | Notice
_Warnings: TypeAlias = tuple[Notice, ...]


def _choose(query: Query, snapshot: Snapshot) -> tuple[_Choice, _Warnings]:
    if query.registry_id:
        registry = snapshot.with_id(query.registry_id)
        return registry or not_found(query.registry_id, snapshot), ()
    if query.purpose is Purpose.PUSH:
        return _choose_for_push(snapshot)
    return _choose_for_build(query, snapshot)


def _choose_for_push(snapshot: Snapshot) -> tuple[_Choice, _Warnings]:
    if not snapshot.registries:
        return _NO_REGISTRY_TO_PUSH_TO, ()
    registry = _default(snapshot) or next(iter(snapshot.registries.values()))
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


def _choose_for_build(query: Query, snapshot: Snapshot) -> tuple[_Choice, _Warnings]:
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
    return next(iter(snapshot.registries.values()))


def _name(query: Query, registry: Registry) -> tuple[Repository | Notice, _Warnings]:
    written = split_reference(query.image_name)
    if fault := _domain_fault(query, registry, written):
        return fault, ()
    path, warnings = _path(query, registry, written)
    fault = _path_fault(registry, path, query.image_name)
    if fault:
        return fault, warnings
    if path != path.lower():
        warnings += (_upper_case(path),)
    return Repository(registry=registry, repository=f"{registry.domain}/{path}"), warnings


def _domain_fault(query: Query, registry: Registry, written: Reference) -> Notice | None:
    if query.from_candidate or written.domain in ("", registry.domain):
        return None
    return Notice(
        reason="DOMAIN_MISMATCH",
        message=f'the image name has the domain "{written.domain}", but the registry '
        f'"{registry.id}" is at "{registry.domain}"',
        help="leave the domain out of `image_name`, or name the registry of that domain",
        facts={
            "image_domain": written.domain,
            "registry": registry.id,
            "registry_domain": registry.domain,
        },
    )


def _path(query: Query, registry: Registry, written: Reference) -> tuple[str, _Warnings]:
    path, prefix = written.path, registry.repository_prefix
    if query.from_candidate:
        at_home = (written.domain or DOCKER_HUB) == registry.domain
    else:
        at_home = bool(written.domain)  # other domains were refused
        prefix = "" if at_home else prefix
    if prefix:
        has_prefix = path == prefix or path.startswith(f"{prefix}/")
        if has_prefix and at_home:
            return path, ()
        return f"{prefix}/{path}", (_doubled(path, prefix),) if has_prefix else ()
    project = _project(registry)
    if project and not at_home and not path.startswith(f"{project}/"):
        return f"{project}/{path}", ()
    return path, ()


def _project(registry: Registry) -> str:
    if registry.provider is Provider.GCR and isinstance(registry.login, GoogleLogin):
        return registry.login.project_id.replace(":", "/")  # `example.com:project`
    return ""


def _path_fault(registry: Registry, path: str, image_name: str) -> Notice | None:
    too_long = len(registry.domain) + 1 + len(path) > MAX_NAME_LENGTH
    if too_long or not is_path(path.lower()):
        return Notice(
            reason="IMAGE_NAME_INVALID",
            message=f'"{image_name}" cannot be the name of an image',
            help="write words of a-z and 0-9, joined by `/`, `.`, `_`, `__` or `-`, at most "
            f"{MAX_NAME_LENGTH} characters with domain and prefix",
            facts={"image_name": image_name},
        )
    segment_count = path.count("/") + 1
    if registry.provider is Provider.GAR and segment_count < _GAR_SEGMENT_COUNT:
        return Notice(
            reason="REPOSITORY_MISSING",
            message=f'"{path}" is too short for Google Artifact Registry',
            help="write `<project>/<repository>/<image>`, or put the first two into the "
            "registry's prefix",
            facts={"path": path, "registry": registry.id},
        )
    if registry.domain == DOCKER_HUB and segment_count == 1:
        return _namespace_missing(registry, path)
    return None


def _namespace_missing(registry: Registry, path: str) -> Notice:
    user = registry.login.username if isinstance(registry.login, PasswordLogin) else "<user>"
    return Notice(
        reason="NAMESPACE_MISSING",
        message=f'"{path}" has no user before its name, which Docker Hub refuses',
        help=f"set `image_name: {user}/{path}`",
        facts={"path": path, "registry": registry.id},
    )


def _doubled(path: str, prefix: str) -> Notice:
    return Notice(
        reason="PREFIX_DOUBLED",
        message=f'"{path}" already begins with the registry\'s prefix "{prefix}", which is put in '
        "front once more",
        help=f"leave `{prefix}/` out of the image name",
        facts={"path": path, "prefix": prefix},
    )


def _upper_case(path: str) -> Notice:
    return Notice(
        reason="IMAGE_NAME_UPPER_CASE",
        message=f'"{path}" has upper case, which Docker refuses',
        help=f"write `{path.lower()}`",
        facts={"path": path},
    )


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
