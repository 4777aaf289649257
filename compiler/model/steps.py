"""The pipeline with everything resolved that can be before the run.

A tree as the user wrote it: blocks hold their members, steps and the pipeline their hooks. Every
step has the id that it has in the plan.
"""

from __future__ import annotations

from compiler.language.parts import Hook
from compiler.language.pipeline import Pipeline
from compiler.language.steps import (
    ApprovalStep,
    BuildStep,
    CloneStep,
    CompositionStep,
    DeployStep,
    FreestyleStep,
    LaunchCompositionStep,
    ParallelStep,
    PluginStep,
    PushStep,
    PushTagStep,
    Step,
)
from compiler.language.values import Text
from compiler.record import Record
from compiler.registries import Omission, Repository


class Open:
    """A destination that only the run knows: the registry or the image name has a hole."""


class Inline:
    """A destination whose address and login stand in the step."""


class Resolved(Record):
    """A step of any type."""

    step: Step
    id: str
    """Unique within the plan: the name, and in a hook the id of the hook and `/` before it."""
    hooks: tuple[ResolvedHook, ...] = ()


class ResolvedClone(Resolved):
    """A clone step."""

    step: CloneStep


class ResolvedBuild(Resolved):
    """A build step."""

    step: BuildStep
    directory: Text | None
    """What is sent to the builder; None: the main directory of the workspace."""
    tags: tuple[Text, ...]
    """The first is the main one."""
    destination: Repository | Omission | Open


class ResolvedPush(Resolved):
    """A push step, also one of type `push-tag`."""

    step: PushStep | PushTagStep
    candidate: Text
    image_of: str
    """Id of the step whose image is pushed; empty: `candidate` is a reference."""
    image_name: Text
    """The name to push under, before prefix and domain."""
    from_candidate: bool
    """Whether that name was taken from an explicit candidate."""
    tags: tuple[Text, ...]
    destination: Repository | Open | Inline


class ResolvedContainer(Resolved):
    """A freestyle step."""

    step: FreestyleStep
    image_of: str
    """Id of the step whose image runs; empty: `image` is a reference."""
    directory: Text | None
    """Where it works; None: the main directory of the workspace."""


class ResolvedComposition(Resolved):
    """A step that runs a composition."""

    step: CompositionStep | LaunchCompositionStep
    directory: Text | None
    """Where a composition given by path is looked for; None: the main directory."""


class ResolvedDeploy(Resolved):
    """A deploy step."""

    step: DeployStep
    image_of: str
    """Id of the step whose image is deployed; empty: the candidate is a reference, or none."""


class ResolvedOther(Resolved):
    """A step of which nothing had to be resolved."""

    step: ApprovalStep | PluginStep


class ResolvedBlock(Resolved):
    """A block of steps that run at the same time."""

    step: ParallelStep
    members: tuple[Resolved, ...]


class ResolvedHook(Record):
    """What is done around a step or around the pipeline."""

    hook: Hook
    id: str
    """`<id of the step>/#<point>`; for the pipeline `/#<point>`."""
    members: tuple[Resolved, ...]


class ResolvedPipeline(Record):
    """The whole pipeline."""

    pipeline: Pipeline
    steps: tuple[Resolved, ...]
    hooks: tuple[ResolvedHook, ...] = ()


def hook_id(owner: str, hook: Hook) -> str:
    """Return the id of a hook of the step `owner`; of the pipeline, when that is empty."""
    return f"{owner}/#{hook.point.text}"  # names of users hold no `#`
