"""Strings with holes → templates of the plan."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.language.values import Flag, Text
from compiler.model.scope import Scope, SecretReference, StepReference, VariableReference
from compiler.syntax.templates import Hole, holes, read_template, whole_hole
from freshet.plan.v1 import expression_pb2 as messages

PIPELINE_STORE = "pipeline"
"""Store of the secrets that stand in a pipeline file."""


class Templates:
    """Makes templates, and remembers which variables and secrets they read."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.variables: set[str] = set()
        self.secrets: set[str] = set()
        """As `store/key`."""
        self.secret_values: dict[str, str] = {}
        """Values of secrets that stand in the pipeline itself, as `store/key`."""

    def template(self, value: Text | str | None) -> messages.Template:
        """Return the template of a string; an empty one for None."""
        text = value.text if isinstance(value, Text) else value or ""
        return messages.Template(parts=[self._part(part) for part in read_template(text)])

    def templates(self, values: Iterable[Text]) -> list[messages.Template]:
        """Return the templates of strings."""
        return [self.template(value) for value in values]

    def password(self, value: Text, step: str) -> messages.Template:
        """Return the template of a password.

        One that stands in the file becomes a secret, whose value travels beside the plan.
        """
        if holes(value.text):
            return self.template(value)
        secret = messages.SecretReference(store=PIPELINE_STORE, key=f"{step}.password")
        name = f"{secret.store}/{secret.key}"
        self.secrets.add(name)
        self.secret_values[name] = value.text
        source_text = f"${{{{secrets.{secret.store}.{secret.key}}}}}"
        reference = messages.Reference(source_text=source_text, secret=secret)
        return messages.Template(parts=[messages.TemplatePart(reference=reference)])

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
