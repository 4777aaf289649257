"""What the account says of the names in a pipeline: git integrations, clusters, variables."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.account import Account
from compiler.diagnostics import Diagnostic, Findings
from compiler.language.pipeline import Pipeline, every_step
from compiler.language.steps import BuildStep, CloneStep, DeployStep, PushStep, Step
from compiler.model.integrations import (
    cluster_mistakes,
    git_mistakes,
    registry_variable_mistakes,
)
from compiler.model.scope import Scope


def consult(pipeline: Pipeline, scope: Scope, account: Account, findings: Findings) -> None:
    """Tell which names the account does not have."""
    for step in every_step(pipeline.steps):
        for mistake in _mistakes(step, scope, account):
            findings.add(mistake)


def _mistakes(step: Step, scope: Scope, account: Account) -> Iterator[Diagnostic]:
    match step:
        case CloneStep(credentials=None):
            yield from git_mistakes(step.git, step.name.span, account, scope)
        case BuildStep() | PushStep():
            yield from registry_variable_mistakes(step.registry, account, scope)
        case DeployStep():
            yield from cluster_mistakes(step.cluster, step.name.span, account, scope)
        case _:
            pass
