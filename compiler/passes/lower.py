"""What the pipeline means → the plan. Writes the protobuf message itself; deterministic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.language.pipeline import Pipeline, Step
from compiler.language.values import Flag
from compiler.model.scope import Scope
from compiler.model.steps import ResolvedBuild, ResolvedClone, ResolvedPush, ResolvedStep
from compiler.planning.operations import (
    build_operation,
    clone_operation,
    push_of_build,
    push_operation,
)
from compiler.planning.places import source_map
from compiler.planning.templates import Templates
from compiler.planning.times import retry_policy, timeout
from compiler.source import Source
from freshet import __version__
from freshet.plan.v1.operation_pb2 import Operation
from freshet.plan.v1.plan_pb2 import Dependency, FailureRule, Plan, StepOutcome
from freshet.plan.v1.plan_pb2 import Step as PlanStep

_SYSTEM_PREFIX = "CF_"
_SYSTEM = frozenset({"CI"})
_ENDED = (
    StepOutcome.STEP_OUTCOME_SUCCEEDED,
    StepOutcome.STEP_OUTCOME_FAILED,
    StepOutcome.STEP_OUTCOME_SKIPPED,
    StepOutcome.STEP_OUTCOME_TERMINATED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A plan, and what travels beside it."""

    plan: Plan
    secrets: Mapping[str, str] = field(repr=False)
    """Values of secrets that stand in the pipeline itself, by `store/key`."""


def lower(
    steps: tuple[ResolvedStep, ...], pipeline: Pipeline, scope: Scope, source: Source
) -> Lowered:
    """Return the plan of the resolved steps, one after the other."""
    templates = Templates(scope)
    plan = Plan(
        compiler_version=__version__,
        stages=[stage.text for stage in pipeline.stages],
    )
    for resolved in steps:
        step = _step(resolved, pipeline, templates)
        if plan.steps:
            before = Dependency(node_id=plan.steps[-1].id, outcomes=_ENDED)
            step.start_rule.dependencies.append(before)
        plan.steps.append(step)
    plan.required_variables.extend(
        name
        for name in sorted(templates.variables - _SYSTEM)
        if not name.startswith(_SYSTEM_PREFIX)
    )
    plan.required_secrets.extend(sorted(templates.secrets))
    plan.source_map.CopyFrom(
        source_map(
            {resolved.step.name.text: resolved.step for resolved in steps},
            {step.id: step.operations for step in plan.steps},
            source,
        )
    )
    return Lowered(plan=plan, secrets=templates.secret_values)


def _step(resolved: ResolvedStep, pipeline: Pipeline, templates: Templates) -> PlanStep:
    step = resolved.step
    lowered = PlanStep(
        id=step.name.text,
        display_name=step.title.text if step.title else step.name.text,
        description=step.description.text if step.description else "",
        type=step.type.text,
        stage=step.stage.text if step.stage else "",
        operations=_operations(resolved, templates),
    )
    _lower_failure_rule(step, pipeline, lowered.failure_rule, templates)
    if step.retry:
        lowered.retry_policy.CopyFrom(retry_policy(step.retry))
    if step.timeout and (limit := timeout(step.timeout.text)):
        lowered.timeout.CopyFrom(limit)
    return lowered


def _lower_failure_rule(
    step: Step, pipeline: Pipeline, rule: FailureRule, templates: Templates
) -> None:
    fail_fast = step.fail_fast or pipeline.fail_fast or Flag(value=True, span=step.name.span)
    strict = (
        step.strict_fail_fast or pipeline.strict_fail_fast or Flag(value=False, span=step.name.span)
    )
    rule.fail_fast.CopyFrom(templates.flag(fail_fast))
    rule.strict_fail_fast.CopyFrom(templates.flag(strict))


def _operations(resolved: ResolvedStep, templates: Templates) -> list[Operation]:
    match resolved:
        case ResolvedBuild():
            built = Operation(build=build_operation(resolved, templates))
            push = push_of_build(resolved, templates)
            return [built, push] if push else [built]
        case ResolvedPush():
            return [Operation(push=push_operation(resolved, templates))]
        case ResolvedClone():
            return [Operation(clone=clone_operation(resolved.step, templates))]
