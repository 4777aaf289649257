"""Steps with everything resolved that can be before the run."""

from __future__ import annotations

from compiler.language.pipeline import BuildStep, CloneStep, PushStep
from compiler.language.values import Text
from compiler.record import Record
from compiler.registries import Omission, Repository


class Open:
    """A destination that only the run knows: the registry or the image name has a hole."""


class Inline:
    """A destination whose address and login stand in the step."""


class ResolvedBuild(Record):
    """A build step."""

    step: BuildStep
    directory: Text | None
    """What is sent to the builder; None: the main directory of the workspace."""
    tags: tuple[Text, ...]
    """The first is the main one."""
    destination: Repository | Omission | Open


class ResolvedPush(Record):
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


class ResolvedClone(Record):
    """A clone step."""

    step: CloneStep


ResolvedStep = ResolvedBuild | ResolvedPush | ResolvedClone
