"""What is asked about registries, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from registry_service.registries import Registry


class Purpose(Enum):
    """The kind of step that asks."""

    BUILD = "build"
    PUSH = "push"
    PULL = "pull"
    """It only pulls, or its registry is not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The question what a step does with registries."""

    registry_id: str = ""
    """Empty: the step names none."""
    purpose: Purpose
    image_name: str | None = None
    """None: it is not known yet."""
    from_candidate: bool = False
    """Whether the name is that of a push step's candidate, whose domain is dropped."""
    push_required: bool = False
    """Whether the step says `disable_push: false`."""
    push_disabled: bool = False
    """Whether the step says `disable_push: true`."""
    registry_contexts: tuple[str, ...] = ()
    """Names of registries whose credentials it pulls with."""
    ecr_required: bool = False
    """Whether the step sets a region of AWS."""
    google_login_required: bool = False
    """Whether the step needs the login of any registry of Google."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that is wrong or noteworthy."""

    reason: str
    """Stable, UPPER_SNAKE."""
    code: int = 0
    """Number of the check in the language's own list; 0: it has none."""
    about: str = "registry_id"
    """The field of the query that it is about."""
    message: str
    help: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Where an image is pushed."""

    registry: Registry
    repository: str
    """Domain and path, without tag; empty: the query did not know the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Why a step does not push, which is in order."""

    reason: str
    message: str


Notices: TypeAlias = tuple[Notice, ...]
Result: TypeAlias = Repository | Omission | Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The answer to a query; a `Notice` as result is its fault."""

    result: Result
    warnings: Notices = ()
    step_faults: Notices = ()
    """What is wrong with the step beside the place it pushes to."""
