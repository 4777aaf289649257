"""Fills the holes of a plan with what a run knows."""

from collections.abc import Iterable, Mapping

from freshet.evaluate import NotBoolean, evaluate_flag, evaluate_template
from freshet.plan.v1.expression_pb2 import Flag, Template
from freshet.plan.v1.operation_pb2 import NamedTemplate
from runner_service.errors import StepFailed
from runner_service.journal import Journal


class Values:
    """What the holes of one step's operations are filled with."""

    def __init__(
        self, journal: Journal, variables: Mapping[str, str], secrets: Mapping[str, str]
    ) -> None:
        """Read `variables`, `secrets` (by `store/key`) and what steps noted in `journal`."""
        self._journal = journal
        self._variables = variables
        self._secrets = secrets

    def variable(self, name: str) -> str | None:
        """Return the value of a variable; None: it is not defined."""
        return self._variables.get(name)

    def step_member(self, step_id: str, member: str) -> str | None:
        """Return what a step tells about itself; None: nothing of that name, or not yet."""
        return self._journal.members(step_id).get(member)

    def secret(self, store: str, key: str) -> str | None:
        """Return a value of a secret store; None: it was not given."""
        return self._secrets.get(f"{store}/{key}")

    def text(self, template: Template) -> str:
        """Return the text of a template, its holes filled."""
        return evaluate_template(template, self)

    def flag(self, flag: Flag, *, default: bool = False) -> bool:
        """Return a truth value; `default` when none was given.

        Raises:
            StepFailed: the text in its place is no truth value.
        """
        if flag.WhichOneof("value") is None:
            return default
        try:
            return evaluate_flag(flag, self)
        except NotBoolean as error:
            raise StepFailed("NOT_A_TRUTH_VALUE", str(error)) from error

    def named(self, named: Iterable[NamedTemplate]) -> dict[str, str]:
        """Return the values by their names; of a repeated name the last counts."""
        return dict(self._named(each) for each in named)

    def _named(self, named: NamedTemplate) -> tuple[str, str]:
        if named.name:
            return named.name, self.text(named.value)
        name, _, value = self.text(named.value).partition("=")
        return name, value
