"""Which step's image a `candidate` or an `image` means."""

from __future__ import annotations

from collections.abc import Iterable

from compiler import mistakes
from compiler.diagnostics import Findings
from compiler.language.pipeline import Pipeline, every_step
from compiler.language.steps import BuildStep, PushStep, PushTagStep, Step
from compiler.language.values import Text
from compiler.model.scope import Scope, StepReference, VariableReference
from compiler.source import Span
from compiler.syntax.templates import holes, whole_hole

_IMAGE_MEMBERS = frozenset({"imageId", "imageReference"})


class Images:
    """The steps of a pipeline, and the images that they make."""

    def __init__(self, pipeline: Pipeline, findings: Findings) -> None:
        self._findings = findings
        self._unread = pipeline.unread_steps
        self._in_order = not pipeline.is_parallel
        self._steps: dict[str, Step] = {}
        self.places: dict[str, int] = {}
        """When each step comes, by id; the members of a block come when it does."""
        for place, step in enumerate(pipeline.steps):
            for each in every_step((step,)):
                self._steps[each.name.text] = each
                self.places[each.name.text] = place

    def add(self, steps: Iterable[Step], prefix: str) -> None:
        """Know the steps of a hook as well, whose ids begin with `prefix`."""
        for step in every_step(steps):
            self._steps[prefix + step.name.text] = step
            self.places[prefix + step.name.text] = -1

    def of(self, image: Text, scope: Scope, place: int, *, mixed: bool = False) -> str | None:
        """Return the id of the step whose image a step that comes at `place` means.

        Empty: it is a reference. None: it is a mistake, which is told. `mixed`: text may stand
        around the reference to a step.
        """
        hole = whole_hole(image.text)
        if hole is None:
            return None if not mixed and self._is_mixed(image, scope) else ""
        reference = scope.refer(hole)
        if isinstance(reference, VariableReference):
            self._suggest_step(reference.name, scope, image.span)
        if not isinstance(reference, StepReference):
            return ""  # a variable or a secret that holds a reference
        return self._step_with_image(reference, scope, place, image.span)

    def name_of(self, step: str) -> Text | None:
        """Return the name that a step's image was built under; None: it is not known."""
        seen: set[str] = set()
        while step not in seen:
            seen.add(step)
            match self._steps.get(step):
                case BuildStep(image_name=name) | PushTagStep(image_name=name):
                    return name
                case PushStep(image_name=Text() as name):
                    return name
                case PushStep(candidate=candidate):
                    hole = whole_hole(candidate.text)
                    if hole is None:
                        return candidate
                    step = hole.names[-1]
        return None

    def _suggest_step(self, variable: str, scope: Scope, span: Span) -> None:
        if variable in scope.variables:
            return
        near = mistakes.nearest(variable, self._steps)
        if near:
            self._findings.add(mistakes.variable_or_step(variable, near, span))

    def _is_mixed(self, image: Text, scope: Scope) -> bool:
        for hole in holes(image.text):
            reference = scope.refer(hole)
            if isinstance(reference, StepReference) and reference.member == "imageReference":
                self._findings.add(mistakes.mixed_candidate(image.span))
                return True
        return False

    def _step_with_image(
        self, reference: StepReference, scope: Scope, place: int, span: Span
    ) -> str | None:
        name = reference.step
        step = self._steps.get(name)
        if step is None:
            if name in self._unread:
                return None  # its own mistakes are told
            self._findings.add(mistakes.unknown_step(name, span, self._steps))
        elif self._in_order and self.places[name] > place:
            self._findings.add(mistakes.later_step(name, span, step.name.span))
        elif not scope.has_image(name):
            if reference.member not in ("workingDirectory", *_IMAGE_MEMBERS):
                return ""  # what a step of a catalogue tells
            kind = step.type.text
            self._findings.add(mistakes.step_without_image(name, kind, span, step.name.span))
        else:
            return name if reference.member in _IMAGE_MEMBERS else ""
        return None
