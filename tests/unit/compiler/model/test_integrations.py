"""Names that only the account knows: git integrations, clusters, variables."""

import pytest

from compiler.account import Account
from compiler.diagnostics import Severity
from compiler.model.integrations import (
    cluster_mistakes,
    git_mistakes,
    registry_variable_mistakes,
)
from compiler.model.scope import Scope
from tests.unit.compiler.model.texts import at, text

_STEP = 9
_SCOPE = Scope(step_types={"step": "build"}, variables={"GIVEN": "github"})
_VARIABLES = frozenset({"KNOWN"})

NAMES = [
    # what the step writes, what the account has, last digit of the code, line
    (None, None, "", 0),
    ("anything", None, "", 0),
    (None, (), "0", _STEP),
    ("github", (), "0", 1),
    (None, ("github",), "", 0),
    (None, ("github", "other"), "3", _STEP),
    ("github", ("github", "other"), "", 0),
    ("gihtub", ("github", "other"), "2", 1),
    ("Github", ("github", "other"), "2", 1),
    ("${{KNOWN}}", ("github",), "", 0),
    ("${{GIVEN}}", ("github",), "", 0),
    ("${{GIVEN}}", ("other",), "2", 1),
    ("${{CF_BRANCH}}", ("github",), "", 0),
    ("${{secrets.store.key}}", ("github",), "", 0),
    ("${{steps.step.imageId}}", ("github",), "", 0),
    ("${{UNKNOWN}}", ("github",), "1", 1),
    ("${{UNKNOWN}}-x", ("github",), "1", 1),
    ("x-${{UNKNOWN}}", ("github",), "", 0),
]
_SEVERITIES = {"0": Severity.ERROR, "1": Severity.WARNING, "2": Severity.ERROR}


@pytest.mark.parametrize(("name", "known", "digit", "line"), NAMES)
def test_git_integration_is_one_of_the_account(
    name: str | None, known: tuple[str, ...] | None, digit: str, line: int
) -> None:
    account = Account(git=known, variables=_VARIABLES)

    found = list(git_mistakes(text(name), at(_STEP), account, _SCOPE))

    expected = [(f"FR40{digit}", _SEVERITIES.get(digit, Severity.WARNING), line)] if digit else []
    assert [(each.code, each.severity, each.span.start.line) for each in found] == expected


@pytest.mark.parametrize(("name", "known", "digit", "line"), NAMES)
def test_cluster_is_one_of_the_account(
    name: str | None, known: tuple[str, ...] | None, digit: str, line: int
) -> None:
    account = Account(clusters=known, variables=_VARIABLES)

    found = list(cluster_mistakes(text(name), at(_STEP), account, _SCOPE))

    expected = [(f"FR30{digit}", _SEVERITIES.get(digit, Severity.WARNING), line)] if digit else []
    assert [(each.code, each.severity, each.span.start.line) for each in found] == expected


def test_built_in_git_integration_is_always_there() -> None:
    account = Account(git=("github",), clusters=("production",))

    assert not list(git_mistakes(text("CF-default"), at(_STEP), account, _SCOPE))
    assert list(cluster_mistakes(text("CF-default"), at(_STEP), account, _SCOPE))


def test_unknown_name_gets_a_suggestion() -> None:
    account = Account(git=("github", "gitlab"))

    [found] = git_mistakes(text("gitbub"), at(_STEP), account, _SCOPE)

    assert found.help == 'did you mean "github"?'


@pytest.mark.parametrize(
    ("registry", "variables", "codes"),
    [
        ("${{UNKNOWN}}", _VARIABLES, ["FR201"]),
        ("${{UNKNOWN}}", None, []),
        ("${{KNOWN}}", _VARIABLES, []),
        ("plain", _VARIABLES, []),
        (None, _VARIABLES, []),
    ],
)
def test_variable_of_a_registry_must_be_known(
    registry: str | None, variables: frozenset[str] | None, codes: list[str]
) -> None:
    account = Account(variables=variables)

    found = registry_variable_mistakes(text(registry), account, _SCOPE)

    assert [each.code for each in found] == codes
