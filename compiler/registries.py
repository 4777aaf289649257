"""Port: what the compiler asks the registry service, in one question for a whole pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class Purpose(Enum):
    """The kind of step that asks."""

    BUILD = "build"
    PUSH = "push"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryQuestion:
    """Where does a step push?"""

    purpose: Purpose
    registry_id: str
    """As the pipeline writes it; empty: the step names none."""
    image_name: str
    from_candidate: bool = False
    """Whether the name is that of an explicit candidate, whose domain is dropped."""
    push_required: bool = False
    """Whether a build step says `disable_push: false`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """The image is pushed there."""

    registry: str
    """`registries/{registry}`."""
    repository: str
    """Domain and path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """The image of a build step is not pushed, and that is in order."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is wrong or noteworthy."""

    reason: str
    code: int
    """Number in the language's own list of checks; 0: it has none."""
    message: str
    help: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryAnswer:
    """The answer to a question; a `Notice` as result is a fault. None: it is not known yet."""

    result: Repository | Omission | Notice | None
    warnings: tuple[Notice, ...] = ()


class Registries(Protocol):
    """Who knows the registries."""

    def resolve_repositories(
        self, questions: Sequence[RepositoryQuestion]
    ) -> Sequence[RepositoryAnswer]:
        """Return the answers, in the order of the questions, from one consistent state."""


class UnknownRegistries:
    """Knows no registry and accepts every name: destinations stay open until the run."""

    def resolve_repositories(
        self, questions: Sequence[RepositoryQuestion]
    ) -> Sequence[RepositoryAnswer]:
        """Leave every question open."""
        return [RepositoryAnswer(result=None) for _ in questions]
