"""What is asked about registries, and what is answered.

Named tuples: they are made at every call, in a quarter of the time of frozen data classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from registry_service.registries import Registry


class Purpose(Enum):
    """The kind of step that asks."""

    BUILD = "build"
    PUSH = "push"
    PULL = "pull"
    """It only pulls, or its registry is not known yet."""


class Query(NamedTuple):
    """The question what a step does with registries."""

    purpose: Purpose
    registry_id: str = ""
    """Empty: the step names none."""
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


class Notice(NamedTuple):
    """Something that is wrong or noteworthy."""

    reason: str
    """Stable, UPPER_SNAKE."""
    message: str
    code: int = 0
    """Number of the check in the language's own list; 0: it has none."""
    about: str = "registry_id"
    """The field of the query that it is about."""
    help: str = ""
    facts: Mapping[str, str] = MappingProxyType({})


class Repository(NamedTuple):
    """Where an image is pushed."""

    registry: Registry
    repository: str
    """Domain and path, without tag; empty: the query did not know the name."""


class Omission(NamedTuple):
    """Why a step does not push, which is in order."""

    reason: str
    message: str


Notices: TypeAlias = tuple[Notice, ...]
Result: TypeAlias = Repository | Omission | Notice


class Resolution(NamedTuple):
    """The answer to a query; a `Notice` as result is its fault."""

    result: Result
    warnings: Notices = ()
    step_faults: Notices = ()
    """What is wrong with the step beside the place it pushes to."""
