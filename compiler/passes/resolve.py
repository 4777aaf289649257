"""The pipeline → what it means: defaults, images of other steps, and where images are pushed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.parts import Hook
from compiler.language.pipeline import Pipeline, every_step
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
from compiler.model.destinations import with_destinations
from compiler.model.images import Images
from compiler.model.registry_questions import is_inline
from compiler.model.scope import Scope
from compiler.model.steps import (
    Inline,
    Open,
    Resolved,
    ResolvedBlock,
    ResolvedBuild,
    ResolvedClone,
    ResolvedComposition,
    ResolvedContainer,
    ResolvedDeploy,
    ResolvedHook,
    ResolvedOther,
    ResolvedPipeline,
    ResolvedPush,
    hook_id,
)
from compiler.registries import Omission, Registries
from compiler.source import Span

LATEST = "latest"
_MAIN_CLONE = "main_clone"
_BRANCH_TAG = "CF_BRANCH_TAG_NORMALIZED"
_DISABLED = Omission(reason="DISABLE_PUSH", message="the step says `disable_push`")


def resolve(
    pipeline: Pipeline, scope: Scope, registries: Registries, findings: Findings
) -> ResolvedPipeline:
    """Return the pipeline resolved; steps with mistakes are left out."""
    _check_unique(every_step(pipeline.steps), findings)
    resolver = _Resolver(pipeline, scope, findings)
    resolved = ResolvedPipeline(
        pipeline=pipeline,
        steps=resolver.top_level(),
        hooks=resolver.hooks(pipeline.hooks, "", len(pipeline.steps)),
    )
    return with_destinations(resolved, scope, registries, findings)


def _check_unique(steps: Iterator[Step], findings: Findings) -> None:
    first: dict[str, Span] = {}
    for step in steps:
        if step.name.text in first:
            before = first[step.name.text]
            findings.add(mistakes.repeated_step_name(step.name.text, step.name.span, before))
        first.setdefault(step.name.text, step.name.span)


class _Resolver:
    """Resolves steps in the order of the source."""

    def __init__(self, pipeline: Pipeline, scope: Scope, findings: Findings) -> None:
        self._pipeline = pipeline
        self._scope = scope
        self._findings = findings
        self._images = Images(pipeline, findings)
        self._main_clone = self._images.places.get(_MAIN_CLONE)
        self._prefix = ""
        """What the ids of steps inside of a hook begin with."""
        self._place = 0

    def top_level(self) -> tuple[Resolved, ...]:
        """Return the steps of the pipeline itself."""
        resolved: list[Resolved] = []
        for place, step in enumerate(self._pipeline.steps):
            self._place = place
            resolved += self._steps((step,))
        return tuple(resolved)

    def hooks(self, hooks: Sequence[Hook], owner: str, place: int) -> tuple[ResolvedHook, ...]:
        """Return the hooks of a step, or of the pipeline."""
        return tuple(self._hook(hook, hook_id(owner, hook), place) for hook in hooks)

    def _hook(self, hook: Hook, id: str, place: int) -> ResolvedHook:
        outer, self._prefix, scope = self._place, f"{id}/", self._scope
        self._place, self._scope = place, scope.inside(id, hook.steps)
        self._images.add(hook.steps, self._prefix)
        members = self._steps(hook.steps)
        self._place, self._prefix, self._scope = outer, "", scope
        return ResolvedHook(hook=hook, id=id, members=members)

    def _steps(self, steps: Sequence[Step]) -> tuple[Resolved, ...]:
        return tuple(resolved for step in steps if (resolved := self._step(step)))

    def _step(self, step: Step) -> Resolved | None:
        resolved = self._of_type(step, self._prefix + step.name.text)
        if resolved and step.hooks:
            hooks = self.hooks(step.hooks, resolved.id, self._place)
            resolved = resolved.replaced(hooks=hooks)
        return resolved

    def _of_type(self, step: Step, id: str) -> Resolved | None:
        match step:
            case BuildStep():
                return self._build(step, id)
            case PushStep():
                return self._push(step, id)
            case PushTagStep():
                return _push_tag(step, id)
            case FreestyleStep():
                return self._container(step, id)
            case CompositionStep() | LaunchCompositionStep():
                directory = step.working_directory or self._default_directory(step)
                return ResolvedComposition(step=step, id=id, directory=directory)
            case CloneStep():
                return ResolvedClone(step=step, id=id)
            case DeployStep():
                return self._deploy(step, id)
            case ParallelStep():
                return ResolvedBlock(step=step, id=id, members=self._steps(step.steps))
            case ApprovalStep() | PluginStep():
                return ResolvedOther(step=step, id=id)
        raise AssertionError(step)

    def _build(self, step: BuildStep, id: str) -> ResolvedBuild:
        default = f"${{{{{_BRANCH_TAG}}}}}" if _BRANCH_TAG in self._scope.variables else LATEST
        main = step.tag or Text(default, step.name.span)
        disabled = step.disable_push is not None and step.disable_push.is_true
        return ResolvedBuild(
            step=step,
            id=id,
            directory=step.working_directory or self._default_directory(step),
            tags=_each_once((main, *step.tags)),
            destination=_DISABLED if disabled else Open(),
        )

    def _default_directory(self, step: Step) -> Text | None:
        """Return the clone that the language takes for the main one, when it comes earlier."""
        if self._main_clone is None or step.name.text == _MAIN_CLONE:
            return None
        if not self._pipeline.is_parallel and self._main_clone >= self._place:
            return None
        return Text(f"${{{{{_MAIN_CLONE}}}}}", step.name.span)

    def _push(self, step: PushStep, id: str) -> ResolvedPush | None:
        image_of = self._images.of(step.candidate, self._scope, self._place)
        if image_of is None:
            return None
        name = step.image_name or self._images.name_of(image_of) or step.candidate
        written = (*((step.tag,) if step.tag else ()), *step.tags)
        inline = is_inline(step.registry, step.provider, step.credentials is not None)
        return ResolvedPush(
            step=step,
            id=id,
            candidate=step.candidate,
            image_of=image_of,
            image_name=name,
            from_candidate=name is step.candidate,
            tags=_each_once(written) or (Text(LATEST, step.name.span),),
            destination=Inline() if inline else Open(),
        )

    def _container(self, step: FreestyleStep, id: str) -> ResolvedContainer | None:
        image_of = self._images.of(step.image, self._scope, self._place, mixed=True)
        if image_of is None:
            return None
        directory = step.working_directory or self._default_directory(step)
        return ResolvedContainer(step=step, id=id, image_of=image_of, directory=directory)

    def _deploy(self, step: DeployStep, id: str) -> ResolvedDeploy | None:
        image = step.candidate_image
        image_of = self._images.of(image, self._scope, self._place, mixed=True) if image else ""
        return None if image_of is None else ResolvedDeploy(step=step, id=id, image_of=image_of)


def _push_tag(step: PushTagStep, id: str) -> ResolvedPush:
    return ResolvedPush(
        step=step,
        id=id,
        candidate=step.image_name,
        image_of="",
        image_name=step.image_name,
        from_candidate=True,
        tags=_each_once(step.tags),
        destination=Open(),
    )


def _each_once(tags: Sequence[Text]) -> tuple[Text, ...]:
    first: dict[str, Text] = {}
    for tag in tags:
        first.setdefault(tag.text, tag)
    return tuple(first.values())
