"""Port: what the compiler asks about registries, in one question for a whole pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol

from compiler.record import Record

PROVIDERS = (
    "dockerhub", "ecr", "gcr", "gar", "acr", "artifactory", "quay", "ghcr", "other",
)  # fmt: skip
"""What users call those who run registries."""
DEFAULT_PUSHES = ("auto", "never", "explicit")
"""What a build step may do that names no registry and says nothing about pushing."""


class Purpose(Enum):
    """The kind of step that asks."""

    BUILD = "build"
    PUSH = "push"
    PULL = "pull"
    """It only pulls, or its registry is not known before the run."""


class RepositoryQuestion(Record):
    """What does a step do with registries?"""

    purpose: Purpose
    registry_id: str = ""
    """As the pipeline writes it; empty: the step names none."""
    image_name: str | None = None
    """None: it is not known before the run."""
    from_candidate: bool = False
    """Whether the name is that of an explicit candidate, whose domain is dropped."""
    push_required: bool = False
    """Whether a build step says `disable_push: false`."""
    push_disabled: bool = False
    """Whether a build step says `disable_push: true`."""
    registry_contexts: tuple[str, ...] = ()
    """Names of registries that it pulls with; empty text is skipped."""
    ecr_required: bool = False
    """Whether it sets a region of AWS."""
    google_login_required: bool = False
    """Whether it builds on Google Cloud Build without a key of its own."""


class Repository(Record):
    """The image is pushed there."""

    registry: str
    """`registries/{registry}`."""
    repository: str
    """Domain and path; empty: the question did not know the name of the image."""


class Omission(Record):
    """The step pushes nothing, and that is in order."""

    reason: str
    message: str


class Notice(Record):
    """What is wrong or noteworthy."""

    reason: str
    code: int
    """Number in the language's own list of checks; 0: it has none."""
    message: str
    help: str = ""
    facts: Mapping[str, str] = {}
    about: str = "registry_id"
    """The field of the question, with the number of the item where it is a list."""


class RepositoryAnswer(Record):
    """The answer to a question; a `Notice` as result is a fault. None: it is not known yet."""

    result: Repository | Omission | Notice | None
    warnings: tuple[Notice, ...] = ()
    step_faults: tuple[Notice, ...] = ()
    """What is wrong with the step beside the place it pushes to."""


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
