"""Strings with holes → templates of the plan."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.language.values import Flag, Text
from compiler.model.scope import Scope, SecretReference, StepReference, VariableReference
from compiler.syntax.templates import Hole, read_template, whole_hole
from freshet.plan.v1 import expression_pb2 as messages


class Templates:
    """Makes templates, and remembers which variables and secrets they read."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.variables: set[str] = set()
        self.secrets: set[str] = set()
        """As `store/key`."""

    def template(self, value: Text | str | None) -> messages.Template:
        """Return the template of a string; an empty one for None."""
        text = value.text if isinstance(value, Text) else value or ""
        return messages.Template(parts=[self._part(part) for part in read_template(text)])

    def templates(self, values: Iterable[Text]) -> list[messages.Template]:
        """Return the templates of strings."""
        return [self.template(value) for value in values]

    def flag(self, value: Flag) -> messages.Flag:
        """Return a truth value, now or later."""
        if isinstance(value.value, bool):
            return messages.Flag(constant=value.value)
        hole = whole_hole(value.value)
        assert hole, value.value  # the reader let nothing else in
        return messages.Flag(reference=self._reference(hole))

    def _part(self, part: Hole | str) -> messages.TemplatePart:
        if isinstance(part, str):
            return messages.TemplatePart(text=part)
        return messages.TemplatePart(reference=self._reference(part))

    def _reference(self, hole: Hole) -> messages.Reference:
        match self.scope.refer(hole):
            case VariableReference(name=name):
                self.variables.add(name)
                return messages.Reference(source_text=hole.text, variable=name)
            case StepReference(step=step, member=member):
                read = messages.StepMember(step_id=step, member=member)
                return messages.Reference(source_text=hole.text, step_member=read)
            case SecretReference(store=store, key=key):
                self.secrets.add(f"{store}/{key}")
                secret = messages.SecretReference(store=store, key=key)
                return messages.Reference(source_text=hole.text, secret=secret)
