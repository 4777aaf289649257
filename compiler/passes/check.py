"""What cannot work, found before anything is done: `compiler.rules`, asked step by step."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.diagnostics import Diagnostic, Findings
from compiler.language.steps import DeployStep, ParallelStep, PluginStep
from compiler.model.scope import Scope
from compiler.model.steps import (
    Resolved,
    ResolvedBuild,
    ResolvedContainer,
    ResolvedPipeline,
    ResolvedPush,
)
from compiler.model.walk import every_hook, inside, scopes
from compiler.rules.common import common_mistakes
from compiler.rules.conditions import condition_mistakes, expression_mistakes, note_mistakes
from compiler.rules.containers import (
    deploy_mistakes,
    freestyle_mistakes,
    pipeline_service_mistakes,
)
from compiler.rules.documents import document_mistakes, service_mistakes
from compiler.rules.images import build_mistakes, push_mistakes
from compiler.rules.plugins import plugin_mistakes
from compiler.rules.support import support_notes
from compiler.rules.waits import block_mistakes, hook_wait_mistakes, wait_mistakes


def check(resolved: ResolvedPipeline, scope: Scope, findings: Findings) -> None:
    """Tell what cannot work."""
    for mistake in _mistakes(resolved, scope):
        findings.add(mistake)


def _mistakes(resolved: ResolvedPipeline, scope: Scope) -> Iterator[Diagnostic]:
    pipeline = resolved.pipeline
    for each, names in scopes(resolved, scope):
        yield from common_mistakes(each.step)
        yield from document_mistakes(each.step)
        yield from condition_mistakes(each.step, names)
        yield from _step_mistakes(each, resolved, names)
    yield from wait_mistakes(pipeline)
    for hook in every_hook(resolved):
        yield from hook_wait_mistakes(hook.hook)
        yield from note_mistakes(hook.hook.metadata, hook.hook.annotations, inside(hook, scope))
    if pipeline.services:
        yield from pipeline_service_mistakes(pipeline.services, scope)
        yield from service_mistakes(pipeline.services)
    if pipeline.success_criteria:
        yield from expression_mistakes(pipeline.success_criteria.condition, scope)
    yield from support_notes(resolved)


def _step_mistakes(
    each: Resolved, resolved: ResolvedPipeline, scope: Scope
) -> Iterator[Diagnostic]:
    match each:
        case ResolvedBuild():
            yield from build_mistakes(each, scope)
        case ResolvedPush():
            yield from push_mistakes(each, scope)
        case ResolvedContainer(step=step):
            yield from freestyle_mistakes(step, resolved.pipeline)
        case Resolved(step=DeployStep() as step):
            yield from deploy_mistakes(step)
        case Resolved(step=ParallelStep() as step):
            yield from block_mistakes(step, resolved.pipeline.unread_steps)
        case Resolved(step=PluginStep() as step):
            yield from plugin_mistakes(step)
        case _:
            pass
