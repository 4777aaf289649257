"""Finds references of steps to steps that are not there, or that run later."""

from __future__ import annotations

from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.pipeline import Pipeline, Step
from compiler.language.values import Flag, Text
from compiler.model.scope import Scope, StepReference
from compiler.record import Record
from compiler.source import Span
from compiler.syntax.templates import holes

_KNOWN_BEFORE_THE_RUN = frozenset({"description", "name", "type"})
_NOT_FILLED = frozenset(
    {"candidate", "description", "name", "places", "span", "stage", "timeout", "title", "type"}
)
"""Fields whose holes nobody fills, and the candidate, whose rules are those of images."""


def refer(pipeline: Pipeline, scope: Scope, findings: Findings) -> None:
    """Tell which references of steps lead nowhere."""
    later = {step.name.text: step for step in pipeline.steps}
    known = later.keys() | pipeline.unread_steps
    for step in pipeline.steps:
        del later[step.name.text]
        for reference, span in _references(step, scope):
            if reference.step not in known:
                findings.add(mistakes.unknown_step(reference.step, span, known))
            elif reference.step in later and reference.member not in _KNOWN_BEFORE_THE_RUN:
                place = later[reference.step].name.span
                findings.add(mistakes.later_step(reference.step, span, place))


def _references(step: Step, scope: Scope) -> Iterator[tuple[StepReference, Span]]:
    for name, value in step.items():
        if name in _NOT_FILLED:
            continue
        for text, span in _texts(value):
            for hole in holes(text):
                reference = scope.refer(hole)
                if isinstance(reference, StepReference):
                    yield reference, span


def _texts(value: object) -> Iterator[tuple[str, Span]]:
    match value:
        case Text(text=text, span=span) | Flag(value=str(text), span=span):
            yield text, span
        case tuple():
            for item in value:
                yield from _texts(item)
        case Record():
            for _, part in value.items():
                yield from _texts(part)
