"""What the runner of this version refuses, so that people hear of it before they run anything.

The runner has the last word: `runner_service/capability.py` refuses a plan by name. A test holds
the two together.
"""

from __future__ import annotations

from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.language.pipeline import Pipeline
from compiler.language.steps import (
    BuildStep,
    CloneStep,
    PushStep,
    PushTagStep,
    Step,
)
from compiler.model.steps import ResolvedPipeline
from compiler.model.walk import every_resolved
from compiler.source import START, Span

_RUN = (BuildStep, CloneStep, PushStep, PushTagStep)


def support_notes(resolved: ResolvedPipeline) -> Iterator[Diagnostic]:
    """Yield one note for each thing that the runner does not do yet, at its first place."""
    first: dict[str, Span] = {}
    counts: dict[str, int] = {}
    for feature, span in _features(resolved):
        first.setdefault(feature, span)
        counts[feature] = counts.get(feature, 0) + 1
    for feature, span in first.items():
        yield mistakes.not_run_yet(feature, counts[feature], span)


def _features(resolved: ResolvedPipeline) -> Iterator[tuple[str, Span]]:
    yield from _of_pipeline(resolved.pipeline)
    for each in every_resolved(resolved):
        step = each.step
        if not isinstance(step, _RUN):
            yield f"steps of type `{step.type.text}`", step.type.span
        yield from _of_step(step)
        if isinstance(step, BuildStep):
            yield from _of_build(step)


def _of_pipeline(pipeline: Pipeline) -> Iterator[tuple[str, Span]]:
    if pipeline.services:
        yield "`services`", pipeline.services.span
    if pipeline.success_criteria:
        criteria = pipeline.success_criteria
        names = (*criteria.only, *criteria.ignore)
        start = pipeline.steps[0].name.span if pipeline.steps else START
        yield "`success_criteria`", names[0].span if names else start
    for hook in pipeline.hooks:
        yield "`hooks`", hook.point.span


def _of_step(step: Step) -> Iterator[tuple[str, Span]]:
    keys = ["on_success", "on_fail", "on_finish", "hooks"]
    if step.when and (step.when.branch or step.when.condition or step.when.steps):
        keys.append("when")
    for key in keys:
        if entry := step.entries.get(key):
            yield f"`{key}`", entry.key.span
    if isinstance(step, PushStep) and step.provider and step.provider.text == "ecr":
        yield "`provider: ecr`", step.provider.span


def _of_build(step: BuildStep) -> Iterator[tuple[str, Span]]:
    keys = ["provider", "metadata", "annotations"]
    if step.cosign and step.cosign.sign.value:
        keys.append("cosign")
    for key in keys:
        if entry := step.entries.get(key):
            yield f"`{key}` of build steps", entry.key.span
