"""What a hole refers to: a variable, a step or a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.syntax.templates import Hole, read_template

_IMAGE_TYPES = frozenset({"build", "push"})
_MEMBER_ALIASES = {
    "working-directory": "workingDirectory",
    "working_directory": "workingDirectory",
    "status": "result",
    "image": "imageReference",
}


@dataclass(frozen=True, slots=True)
class VariableReference:
    """The value of a variable."""

    name: str


@dataclass(frozen=True, slots=True)
class StepReference:
    """What a step tells about itself."""

    step: str
    member: str


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A value of a secret store."""

    store: str
    key: str


Reference = VariableReference | StepReference | SecretReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The names that holes of a pipeline may use."""

    step_types: Mapping[str, str]
    """Type of each step, by name."""
    variables: Mapping[str, str]
    """Variables whose values are known before the run."""

    def refer(self, hole: Hole) -> Reference:
        """Return what `hole` refers to. A step wins over a variable of the same name."""
        first, *rest = hole.names
        if first in ("steps", "parentSteps") and rest:
            first, *rest = rest
            return StepReference(first, self._member(first, rest))
        if first == "secrets" and len(rest) > 1:
            return SecretReference(rest[0], ".".join(rest[1:]))
        if first in self.step_types:
            return StepReference(first, self._member(first, rest))
        return VariableReference(".".join(hole.names))

    def _member(self, step: str, names: list[str]) -> str:
        """Return the member; without a name, what the step stands for."""
        if not names:
            makes_image = self.step_types.get(step) in _IMAGE_TYPES
            return "imageReference" if makes_image else "workingDirectory"
        return _MEMBER_ALIASES.get(names[0], ".".join(names))

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

    def has_image(self, step: str) -> bool:
        """Whether a step makes an image."""
        return self.step_types.get(step) in _IMAGE_TYPES
