"""Values of conditions, all the way from their text."""

from collections.abc import Mapping

from compiler.model.scope import Scope
from compiler.planning.conditions import expression
from compiler.planning.templates import Templates
from compiler.syntax.conditions import parse_condition
from freshet.evaluate import Value, evaluate_expression
from freshet.plan.v1.expression_pb2 import Expression

STEPS: dict[str, dict[str, str]] = {
    "s1": {"result": "failure", "workingDirectory": "/src", "authEntity.name": "ann"},
    "my-step": {"result": "success", "output.URL": "https://x", "imageReference": "a:b"},
    "later": {},
}


class Known:
    """A context of fixed values; the variable `SECRET` is one, as is `s/k`."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = variables or {}

    def variable(self, name: str) -> str | None:
        return self._variables.get(name)

    def step_member(self, step_id: str, member: str) -> str | None:
        return STEPS[step_id].get(member)

    def secret(self, store: str, key: str) -> str | None:
        return {("s", "k"): "hidden"}.get((store, key))

    def has_step(self, step_id: str) -> bool:
        return step_id in STEPS

    def workflow_member(self, member: str) -> str | None:
        return {"result": "running"}.get(member)


def lowered(text: str) -> Expression:
    """Return the expression of a condition's text."""
    scope = Scope(step_types={name: "freestyle" for name in STEPS}, variables={})
    return expression(parse_condition(text), Templates(scope))


def value_of(text: str, variables: Mapping[str, str] | None = None) -> Value:
    """Return the value of a condition's text."""
    return evaluate_expression(lowered(text), Known(variables))
