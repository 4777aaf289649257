"""What a hole refers to: a variable, a step or a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compiler.language.pipeline import every_step
from compiler.language.steps import Step
from compiler.record import Record
from compiler.syntax.templates import Hole, read_template
from freshet.members import MEMBERS_BY_ALIAS

_IMAGE_TYPES = frozenset({"build", "push", "push-tag"})


class VariableReference(Record):
    """The value of a variable."""

    name: str


class StepReference(Record):
    """What a step tells about itself."""

    step: str
    """Its id in the plan."""
    member: str


class SecretReference(Record):
    """A value of a secret store."""

    store: str
    key: str


Reference = VariableReference | StepReference | SecretReference


class Scope(Record):
    """The names that holes of a pipeline may use."""

    step_types: Mapping[str, str]
    """Type of each step, by id."""
    variables: Mapping[str, str]
    """Variables whose values are known before the run."""
    ids: Mapping[str, str] = {}
    """Ids of steps of a hook, by the names they have inside of it."""

    @staticmethod
    def of(steps: Iterable[Step], variables: Mapping[str, str]) -> Scope:
        """Return the scope of a pipeline with these steps."""
        types = {step.name.text: step.type.text for step in every_step(steps)}
        return Scope(step_types=types, variables=variables)

    def inside(self, hook_id: str, steps: Iterable[Step]) -> Scope:
        """Return the scope of a hook: its own steps hide those of the pipeline."""
        own = {step.name.text: step for step in every_step(steps)}
        ids = {name: f"{hook_id}/{name}" for name in own}
        types = {ids[name]: step.type.text for name, step in own.items()}
        return self.replaced(step_types={**self.step_types, **types}, ids=ids)

    def refer(self, hole: Hole) -> Reference:
        """Return what `hole` refers to. A step wins over a variable of the same name."""
        first, *rest = hole.names
        if first == "parentSteps" and rest:
            first, *rest = rest
            return StepReference(step=first, member=self._member(first, rest))
        if first == "secrets" and len(rest) > 1:
            return SecretReference(store=rest[0], key=".".join(rest[1:]))
        if first == "steps" and rest:
            first, *rest = rest
        elif not self.has_step(first):
            return VariableReference(name=".".join(hole.names))
        step = self.ids.get(first, first)
        return StepReference(step=step, member=self._member(step, rest))

    def _member(self, step: str, names: list[str]) -> str:
        """Return the member; without a name, what the step stands for."""
        if not names:
            return "imageReference" if self.has_image(step) else "workingDirectory"
        return MEMBERS_BY_ALIAS.get(names[0], ".".join(names))

    def fold(self, text: str) -> str | None:
        """Return `text` with its holes filled; None when one is not known before the run."""
        filled = []
        for part in read_template(text):
            if isinstance(part, str):
                filled.append(part)
                continue
            reference = self.refer(part)
            if not isinstance(reference, VariableReference):
                return None
            value = self.variables.get(reference.name)
            if value is None:
                return None
            filled.append(value)
        return "".join(filled)

    def has_step(self, name: str) -> bool:
        """Whether a name is that of a step."""
        return name in self.ids or name in self.step_types

    def has_image(self, step: str) -> bool:
        """Whether a step, given by its id, makes an image."""
        return self.step_types.get(step) in _IMAGE_TYPES
