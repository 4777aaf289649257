"""Rules for steps that wait for others, and for blocks that depend on their members."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.language.parts import Hook, SuccessCriteria
from compiler.language.pipeline import Pipeline, every_step
from compiler.language.steps import ParallelStep, Step
from compiler.language.values import Text
from compiler.model.cycles import cycles
from compiler.source import Span

_IMPLICIT_CLONE = "main_clone"
"""A clone that older pipelines begin with, although nobody writes it."""
_BEFORE_THE_END = frozenset({"pending", "running", "terminating"})


def wait_mistakes(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """Yield waits for steps that are not there, come too late, or wait back."""
    places = {
        each.name.text: place
        for place, step in enumerate(pipeline.steps)
        for each in every_step((step,))
    }
    known = {*places, *pipeline.unread_steps, _IMPLICIT_CLONE}
    for place, step in enumerate(pipeline.steps):
        for each in every_step((step,)):
            yield from _unknown(each, known)
            if not pipeline.is_parallel:
                yield from _too_late(each, place, places)
    yield from _cycle_mistakes(pipeline)
    yield from _criteria_mistakes(pipeline.success_criteria, known)


def hook_wait_mistakes(hook: Hook) -> Iterator[Diagnostic]:
    """Yield waits inside of a hook for steps that it does not have."""
    known = {step.name.text for step in every_step(hook.steps)}
    for step in every_step(hook.steps):
        yield from _unknown(step, known)


def block_mistakes(block: ParallelStep, unread: Collection[str]) -> Iterator[Diagnostic]:
    """Yield names in the success criteria of a block that none of its steps has."""
    members = {step.name.text for step in every_step(block.steps)}
    yield from _criteria_mistakes(block.success_criteria, members | set(unread))


def _waits(step: Step) -> tuple[Text, ...]:
    if step.when is None or step.when.steps is None:
        return ()
    return tuple(each.name for each in step.when.steps.items)


def _unknown(step: Step, known: Collection[str]) -> Iterator[Diagnostic]:
    for name in _waits(step):
        if name.text not in known:
            yield mistakes.unknown_step(name.text, name.span, known)


def _too_late(step: Step, place: int, places: dict[str, int]) -> Iterator[Diagnostic]:
    """Yield waits for a later step, which has no state yet when they are looked at."""
    if step.when is None or step.when.steps is None:
        return
    for each in step.when.steps.items:
        states = [state.text for state in each.on] or ["success"]
        later = places.get(each.name.text, -1) > place
        if later and not _BEFORE_THE_END.intersection(states):
            yield mistakes.never_true(each.name.text, ", ".join(states), each.name.span)


def _cycle_mistakes(pipeline: Pipeline) -> Iterator[Diagnostic]:
    edges: dict[str, list[str]] = {}
    spans: dict[tuple[str, str], Span] = {}
    groups = [pipeline.steps] if pipeline.is_parallel else []
    groups += [step.steps for step in every_step(pipeline.steps) if isinstance(step, ParallelStep)]
    for steps in groups:
        for step in steps:
            waits = () if step.when and step.when.steps and step.when.steps.any else _waits(step)
            for name in waits:
                edges.setdefault(step.name.text, []).append(name.text)
                spans.setdefault((step.name.text, name.text), name.span)
    for names in cycles(edges):
        pairs = zip(names, [*names[1:], names[0]], strict=True)
        first, *others = (spans[pair] for pair in pairs)
        yield mistakes.cycle(names, first, others)


def _criteria_mistakes(
    criteria: SuccessCriteria | None, known: Collection[str]
) -> Iterator[Diagnostic]:
    if criteria is None:
        return
    for name in (*criteria.only, *criteria.ignore):
        if name.text not in known:
            yield mistakes.unlisted_name(name.text, "step", name.span, known)
