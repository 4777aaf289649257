"""Finds references of steps to steps that are not there, or that run later."""

from __future__ import annotations

from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Findings, Severity, TooMuch
from compiler.language.parts import Hook
from compiler.language.pipeline import Pipeline, every_step
from compiler.language.steps import Step
from compiler.language.values import Flag, Text
from compiler.language.variables import SYSTEM_VARIABLES
from compiler.model.scope import Scope, StepReference, VariableReference
from compiler.model.steps import hook_id
from compiler.record import Record
from compiler.source import Span
from compiler.syntax.nodes import Mapping, Scalar, Sequence
from compiler.syntax.templates import Hole, holes

_KNOWN_BEFORE_THE_RUN = frozenset({"description", "name", "type"})
_NOT_FILLED = frozenset({"description", "entries", "name", "span", "stage", "timeout", "type"})
"""Fields whose holes nobody fills."""
_IMAGES = frozenset({"candidate", "candidate_image", "image"})
"""Fields whose rules are those of `resolve`; their holes are only counted."""
_WALKED = frozenset({"hooks", "steps"})
"""Steps inside of others, which are walked on their own."""
_SYSTEM_PREFIX = "CF_"
MAX_HOLES = 10_000
"""How many references a pipeline may have, those that aliases repeat counted each time."""


def refer(pipeline: Pipeline, scope: Scope, findings: Findings) -> None:
    """Tell which references lead nowhere."""
    referrer = _Referrer(pipeline, scope, findings)
    for index, step in enumerate(pipeline.steps):
        for each in every_step((step,)):
            referrer.step(each, scope, index)
            for hook in each.hooks:
                referrer.hook(hook, each.name.text, index)
    after_all = len(pipeline.steps)
    for hook in pipeline.hooks:
        referrer.hook(hook, "", after_all)
    for value in (pipeline.services, pipeline.success_criteria):
        referrer.value(value, scope, after_all)


class _Referrer:
    def __init__(self, pipeline: Pipeline, scope: Scope, findings: Findings) -> None:
        self._hole_count = 0
        self._scope = scope
        self._findings = findings
        self._in_order = not pipeline.is_parallel
        self._unread = pipeline.unread_steps
        self._places = {
            each.name.text: (index, each.name.span)
            for index, step in enumerate(pipeline.steps)
            for each in every_step((step,))
        }
        """When each step comes; the members of a block come when it does."""
        self._alike = {_letters(name): name for name in self._places}
        """Names of steps by their letters alone."""

    def step(self, step: Step, scope: Scope, index: int) -> None:
        """Judge the references of the step that comes at `index`."""
        for name, value in step.given():
            if name in _IMAGES:
                self._holes(value)
            elif name not in _NOT_FILLED and name not in _WALKED:
                self.value(value, scope, index)

    def hook(self, hook: Hook, owner: str, index: int) -> None:
        """Judge the references of what is done around the step that comes at `index`."""
        inner = self._scope.inside(hook_id(owner, hook), hook.steps)
        for step in every_step(hook.steps):
            self.step(step, inner, index)
        for notes in (hook.metadata, hook.annotations):
            self.value(notes, inner, index)

    def value(self, value: object, scope: Scope, index: int) -> None:
        """Judge the references in a field of a step that comes at `index`."""
        for text in _texts(value):
            for hole in self._holes(text):
                match scope.refer(hole):
                    case StepReference() as reference:
                        self._judge(reference, scope, index, _Place(text, hole))
                    case VariableReference(name=name) if name not in scope.variables:
                        self._suggest(name, _Place(text, hole))
                    case _:
                        pass

    def _holes(self, text: Text) -> tuple[Hole, ...]:
        found = holes(text.text)
        self._hole_count += len(found)
        if self._hole_count > MAX_HOLES:
            self._findings.add(mistakes.too_many_references(text.span, MAX_HOLES))
            raise TooMuch
        return found

    def _judge(self, reference: StepReference, scope: Scope, index: int, place: _Place) -> None:
        name = reference.step
        if name not in scope.step_types:
            if name not in self._unread:
                self._findings.add(mistakes.unknown_step(name, place.span, scope.step_types))
            return
        comes, there = self._places.get(name, (0, None))
        static = reference.member in _KNOWN_BEFORE_THE_RUN
        late = there and self._in_order and comes > index and not static
        if there and late and self._findings.has_room:
            self._findings.add(mistakes.later_step(name, place.span, there, Severity.WARNING))

    def _suggest(self, name: str, place: _Place) -> None:
        """Suggest a name for one that is nearly that of the system or of a step."""
        if not self._findings.has_room:
            return
        if name.startswith(_SYSTEM_PREFIX) and name not in SYSTEM_VARIABLES:
            near = mistakes.nearest(name, SYSTEM_VARIABLES)
        else:
            near = self._alike.get(_letters(name), "") if name not in SYSTEM_VARIABLES else ""
        if near:
            self._findings.add(mistakes.unknown_variable(name, near, place.span))


class _Place:
    """Where a hole stands, which is looked up only for those that are told of."""

    __slots__ = ("_hole", "_text")

    def __init__(self, text: Text, hole: Hole) -> None:
        self._text = text
        self._hole = hole

    @property
    def span(self) -> Span:
        start = self._text.text.find(self._hole.text)
        return self._text.part(start, start + len(self._hole.text))


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _texts(value: object) -> Iterator[Text]:
    match value:
        case Text():
            if "${{" in value.text:
                yield value
        case Flag(value=str(text), span=span):
            yield Text(text, span)
        case tuple():
            for item in value:
                yield from _texts(item)
        case Record():
            for _, part in value.given():
                yield from _texts(part)
        case Scalar(text=text, span=span) if "${{" in text:
            yield Text(text, span, value)
        case Sequence(items=items):
            for node in items:
                yield from _texts(node)
        case Mapping(entries=entries):
            for entry in entries:
                yield from _texts(entry.key)
                yield from _texts(entry.value)
        case _:
            pass
