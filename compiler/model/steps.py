"""Steps with everything resolved that can be before the run."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.language.pipeline import BuildStep, CloneStep, PushStep
from compiler.language.values import Text
from compiler.registries import Omission, Repository


class Open:
    """A destination that only the run knows: the registry or the image name has a hole."""


class Inline:
    """A destination whose address and login stand in the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedBuild:
    """A build step."""

    step: BuildStep
    directory: Text | None
    """What is sent to the builder; None: the main directory of the workspace."""
    tags: tuple[Text, ...]
    """The first is the main one."""
    destination: Repository | Omission | Open


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPush:
    """A push step."""

    step: PushStep
    image_of: str
    """Step whose image is pushed; empty: the candidate is a reference."""
    image_name: Text
    """The name to push under, before prefix and domain."""
    from_candidate: bool
    """Whether that name was taken from an explicit candidate."""
    tags: tuple[Text, ...]
    destination: Repository | Open | Inline


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedClone:
    """A clone step."""

    step: CloneStep


ResolvedStep = ResolvedBuild | ResolvedPush | ResolvedClone
