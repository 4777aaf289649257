"""Strings with holes → templates of the plan."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.language.values import Flag, Text
from compiler.model.scope import Scope, SecretReference, StepReference, VariableReference
from compiler.syntax.templates import Hole, Part, holes, read_template, whole_hole
from freshet.members import OBJECTS
from freshet.plan.v1 import expression_pb2 as messages
from freshet.plan.v1.operation_pb2 import NamedTemplate

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

    def inside(self, scope: Scope) -> Templates:
        """Return the same for another scope; what is read is remembered in one place."""
        inner = Templates(scope)
        inner.variables, inner.secrets = self.variables, self.secrets
        inner.secret_values = self.secret_values
        return inner

    def template(self, value: Text | str | None) -> messages.Template:
        """Return the template of a string; an empty one for None."""
        text = value.text if isinstance(value, Text) else value or ""
        return self.filled(read_template(text))

    def filled(self, parts: Iterable[Part]) -> messages.Template:
        """Return the template of text and holes that were read already."""
        template = messages.Template()
        for part in parts:
            if isinstance(part, str):
                template.parts.add(text=part)
            else:
                template.parts.add(reference=self._reference(part))
        return template

    def templates(self, values: Iterable[Text | str]) -> list[messages.Template]:
        """Return the templates of strings."""
        return [self.template(value) for value in values]

    def named(self, assignments: Iterable[Text]) -> list[NamedTemplate]:
        """Return what `NAME=value` says; one without `=` has an empty value."""
        return [self._named(assignment.text) for assignment in assignments]

    def password(self, value: Text, key: str) -> messages.Template:
        """Return the template of a password.

        One that stands in the file becomes a secret of the given key, whose value travels beside
        the plan.
        """
        if holes(value.text):
            return self.template(value)
        secret = messages.SecretReference(store=PIPELINE_STORE, key=key)
        name = f"{secret.store}/{secret.key}"
        self.secrets.add(name)
        self.secret_values[name] = value.text
        source_text = f"${{{{secrets.{secret.store}.{secret.key}}}}}"
        reference = messages.Reference(source_text=source_text, secret=secret)
        return messages.Template(parts=[messages.TemplatePart(reference=reference)])

    def flag(self, value: Flag | None, *, negated: bool = False) -> messages.Flag | None:
        """Return a truth value or its opposite, now or later; None for None."""
        if value is None:
            return None
        if isinstance(value.value, bool):
            return messages.Flag(constant=value.value is not negated)
        hole = whole_hole(value.value)
        assert hole, value.value  # the reader let nothing else in
        return messages.Flag(reference=self._reference(hole), negated=negated)

    def step_id(self, name: str) -> str:
        """Return the id of the step that a name means here."""
        return self.scope.ids.get(name, name)

    def note_variable(self, name: str) -> None:
        """Note that a variable is read by its bare name, if that is the name of one."""
        if name not in OBJECTS and not self.scope.has_step(name):
            self.variables.add(name)

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

    def _named(self, assignment: str) -> NamedTemplate:
        first = read_template(assignment)[0]
        if isinstance(first, Hole) or ("=" not in first and first != assignment):
            return NamedTemplate(value=self.template(assignment))  # the name has a hole
        name, _, value = assignment.partition("=")
        return NamedTemplate(name=name, value=self.template(value))
