"""The pipeline → what it means: defaults, images of other steps, and where images are pushed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from compiler import mistakes
from compiler.diagnostics import Diagnostic, Findings, Severity
from compiler.language.pipeline import BuildStep, CloneStep, Pipeline, PushStep, Step
from compiler.language.values import Text
from compiler.model.scope import Scope, StepReference, VariableReference
from compiler.model.steps import (
    Inline,
    Open,
    ResolvedBuild,
    ResolvedClone,
    ResolvedPush,
    ResolvedStep,
)
from compiler.registries import (
    Notice,
    Omission,
    Purpose,
    Registries,
    Repository,
    RepositoryAnswer,
    RepositoryQuestion,
)
from compiler.source import Span
from compiler.syntax.templates import holes, whole_hole

LATEST = "latest"
_MAIN_CLONE = "main_clone"
_BRANCH_TAG = "CF_BRANCH_TAG_NORMALIZED"
_DISABLED = Omission(reason="DISABLE_PUSH", message="the step says `disable_push`")
_HOST = re.compile(r"(?:https?://)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?(?:[/?].*)?")
"""What looks like a host or a URL: at least one dot. Source: the validator's URI test."""


def resolve(
    pipeline: Pipeline, scope: Scope, registries: Registries, findings: Findings
) -> tuple[ResolvedStep, ...]:
    """Return the steps resolved, in order; those with mistakes are left out."""
    _check_unique(pipeline.steps, findings)
    resolver = _Resolver(pipeline, scope, findings)
    resolved = [one for step in pipeline.steps if (one := resolver.resolve(step))]
    return _with_destinations(resolved, scope, registries, findings)


def _check_unique(steps: Sequence[Step], findings: Findings) -> None:
    first: dict[str, Span] = {}
    for step in steps:
        if step.name.text in first:
            before = first[step.name.text]
            findings.add(mistakes.repeated_step_name(step.name.text, step.name.span, before))
        first.setdefault(step.name.text, step.name.span)


class _Resolver:
    """Resolves one step after the other."""

    def __init__(self, pipeline: Pipeline, scope: Scope, findings: Findings) -> None:
        self._steps = {step.name.text: step for step in pipeline.steps}
        self._unread_steps = pipeline.unread_steps
        self._scope = scope
        self._findings = findings
        self._image_names: dict[str, Text] = {}
        """Names of the images that earlier steps made."""
        self._done: set[str] = set()

    def resolve(self, step: Step) -> ResolvedStep | None:
        resolved: ResolvedStep | None = None
        match step:
            case BuildStep():
                resolved = self._build(step)
            case PushStep():
                resolved = self._push(step)
            case CloneStep():
                resolved = ResolvedClone(step=step)
        self._done.add(step.name.text)
        return resolved

    def _build(self, step: BuildStep) -> ResolvedBuild:
        self._image_names[step.name.text] = step.image_name
        default = f"${{{{{_BRANCH_TAG}}}}}" if _BRANCH_TAG in self._scope.variables else LATEST
        main = step.tag or Text(default, step.name.span)
        disabled = step.disable_push is not None and step.disable_push.is_true
        return ResolvedBuild(
            step=step,
            directory=step.working_directory or self._default_directory(step),
            tags=_each_once((main, *step.tags)),
            destination=_DISABLED if disabled else Open(),
        )

    def _default_directory(self, step: Step) -> Text | None:
        """Return the clone that the language takes for the main one, when it comes earlier."""
        if _MAIN_CLONE not in self._done:
            return None
        return Text(f"${{{{{_MAIN_CLONE}}}}}", step.name.span)

    def _push(self, step: PushStep) -> ResolvedPush | None:
        image_of = self._image_of(step.candidate)
        if image_of is None:
            return None
        name = step.image_name or self._image_names.get(image_of, step.candidate)
        self._image_names[step.name.text] = name
        written = (*((step.tag,) if step.tag else ()), *step.tags)
        is_inline = step.credentials is not None
        return ResolvedPush(
            step=step,
            image_of=image_of,
            image_name=name,
            from_candidate=name is step.candidate,
            tags=_each_once(written) or (Text(LATEST, step.name.span),),
            destination=Inline() if is_inline else Open(),
        )

    def _image_of(self, candidate: Text) -> str | None:
        """Return the step whose image it is; empty: it is a reference; None after a mistake."""
        hole = whole_hole(candidate.text)
        if hole is None:
            return None if self._is_mixed(candidate) else ""
        reference = self._scope.refer(hole)
        if isinstance(reference, VariableReference):
            self._suggest_step(reference.name, candidate.span)
        if not isinstance(reference, StepReference):
            return ""  # a variable or a secret that holds a reference
        return self._step_with_image(reference.step, candidate.span)

    def _suggest_step(self, variable: str, span: Span) -> None:
        near = mistakes.nearest(variable, self._steps)
        if near and variable not in self._scope.variables:
            self._findings.add(mistakes.variable_or_step(variable, near, span))

    def _is_mixed(self, candidate: Text) -> bool:
        for hole in holes(candidate.text):
            reference = self._scope.refer(hole)
            if isinstance(reference, StepReference) and reference.member == "imageReference":
                self._findings.add(mistakes.mixed_candidate(candidate.span))
                return True
        return False

    def _step_with_image(self, name: str, span: Span) -> str | None:
        step = self._steps.get(name)
        if step is None:
            if name in self._unread_steps:
                return None  # its own mistakes are told
            self._findings.add(mistakes.unknown_step(name, span, self._steps))
        elif name not in self._done:
            self._findings.add(mistakes.later_step(name, span, step.name.span))
        elif not self._scope.has_image(name):
            type_name = step.type.text
            self._findings.add(mistakes.step_without_image(name, type_name, span, step.name.span))
        else:
            return name
        return None


def _each_once(tags: Sequence[Text]) -> tuple[Text, ...]:
    first: dict[str, Text] = {}
    for tag in tags:
        first.setdefault(tag.text, tag)
    return tuple(first.values())


def _with_destinations(
    steps: Sequence[ResolvedStep], scope: Scope, registries: Registries, findings: Findings
) -> tuple[ResolvedStep, ...]:
    """Ask one question for all steps that push, and fill the answers in."""
    questions = {
        index: question
        for index, step in enumerate(steps)
        if (question := _question(step, scope)) is not None
    }
    answers = registries.resolve_repositories(list(questions.values())) if questions else ()
    resolved = list(steps)
    for index, answer in zip(questions, answers, strict=True):
        resolved[index] = _answered(resolved[index], answer, findings)
    return tuple(resolved)


def _question(resolved: ResolvedStep, scope: Scope) -> RepositoryQuestion | None:
    """Return what to ask; None: nothing, or not before the run."""
    if isinstance(resolved, ResolvedClone) or not isinstance(resolved.destination, Open):
        return None
    step = resolved.step
    registry = scope.fold(step.registry.text) if step.registry else ""
    image_name = resolved.image_name if isinstance(resolved, ResolvedPush) else step.image_name
    name = scope.fold(image_name.text) if image_name else None
    if registry is None or name is None:
        return None
    if isinstance(resolved, ResolvedPush):
        return RepositoryQuestion(
            purpose=Purpose.PUSH,
            registry_id=registry,
            image_name=name,
            from_candidate=resolved.from_candidate,
        )
    disable_push = resolved.step.disable_push
    return RepositoryQuestion(
        purpose=Purpose.BUILD,
        registry_id=registry,
        image_name=name,
        push_required=disable_push is not None and disable_push.value is False,
    )


def _answered(resolved: ResolvedStep, answer: RepositoryAnswer, findings: Findings) -> ResolvedStep:
    assert not isinstance(resolved, ResolvedClone)
    registry = resolved.step.registry
    span = registry.span if registry else resolved.step.name.span
    for warning in answer.warnings:
        findings.add(_diagnostic(warning, span, Severity.WARNING))
    match answer.result, resolved:
        case Repository() as repository, _:
            return resolved.replaced(destination=repository)
        case Omission() as omission, ResolvedBuild():
            if omission.reason == "NO_REGISTRY":
                findings.add(mistakes.image_stays(omission.message, span))
            return resolved.replaced(destination=omission)
        case Notice() as fault, ResolvedPush() if _is_inline(resolved, fault):
            return resolved.replaced(destination=Inline())
        case Notice() as fault, _:
            findings.add(_diagnostic(fault, span, Severity.ERROR))
    return resolved


def _is_inline(resolved: ResolvedPush, fault: Notice) -> bool:
    """Whether a push names a host, for which there is no record; known names win."""
    registry = resolved.step.registry
    return (
        fault.reason == "REGISTRY_NOT_FOUND"
        and registry is not None
        and _HOST.fullmatch(registry.text) is not None
    )


def _diagnostic(notice: Notice, span: Span, severity: Severity) -> Diagnostic:
    return mistakes.registry_fault(
        notice.code, notice.message, notice.help, span, notice.facts, severity
    )
