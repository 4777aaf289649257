"""Steps, blocks and hooks → the nodes of the plan, without what they wait for."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from compiler.language.parts import Hook, ServiceSet, SuccessCriteria
from compiler.language.pipeline import Pipeline
from compiler.language.ranges import is_timeout
from compiler.language.steps import FreestyleStep, ParallelStep, Step
from compiler.language.values import Flag
from compiler.model.steps import Resolved, ResolvedBlock, ResolvedHook
from compiler.planning.annotations import annotate_operation, outcome_notes
from compiler.planning.conditions import named_conditions
from compiler.planning.containers import service_set
from compiler.planning.operations import operations
from compiler.planning.templates import Templates
from compiler.planning.times import retry_policy, timeout
from compiler.record import Record
from freshet.plan.v1 import expression_pb2 as expressions
from freshet.plan.v1 import plan_pb2 as messages
from freshet.plan.v1.operation_pb2 import Operation

_POINTS = {
    "on_elected": messages.Hook.POINT_ON_ELECTED,
    "on_success": messages.Hook.POINT_ON_SUCCESS,
    "on_fail": messages.Hook.POINT_ON_FAIL,
    "on_finish": messages.Hook.POINT_ON_FINISH,
}
_ANNOTATIONS = "annotations"


class Defaults(Record):
    """What holds for steps that do not say it themselves."""

    fail_fast: Flag | None = None
    strict_fail_fast: Flag | None = None
    timeout: Duration | None = None

    def of_block(self, step: ParallelStep) -> Defaults:
        """Return those of the members of a block."""
        return self.replaced(timeout=_timeout(step, self))

    def of_hook(self, hook: Hook) -> Defaults:
        """Return those of the steps of a hook."""
        return Defaults(
            fail_fast=hook.fail_fast or self.fail_fast,
            strict_fail_fast=hook.strict_fail_fast or self.strict_fail_fast,
        )


def plan_step(resolved: Resolved, defaults: Defaults, templates: Templates) -> messages.Step:
    """Return a step."""
    step = resolved.step
    planned = messages.Step(
        id=resolved.id,
        display_name=(step.title or step.name).text,
        description=step.description.text if step.description else "",
        type=step.type.text,
        stage=step.stage.text if step.stage else "",
        failure_rule=_failure_rule(step, defaults, templates),
        retry_policy=retry_policy(step.retry),
        timeout=_timeout(step, defaults),
        operations=operations(resolved, templates),
        outcome_notes=outcome_notes(step, templates),
    )
    match step:
        case FreestyleStep(services=ServiceSet() as own):
            planned.services.append(service_set(own, f"{resolved.id}/#services", templates))
        case FreestyleStep(services=tuple(names)):
            planned.service_set_ids.extend(name.text for name in names)
    return planned


def block_group(
    resolved: ResolvedBlock, defaults: Defaults, templates: Templates
) -> messages.Group:
    """Return the group of a parallel block."""
    step = resolved.step
    return messages.Group(
        id=resolved.id,
        display_name=(step.title or step.name).text,
        description=step.description.text if step.description else "",
        stage=step.stage.text if step.stage else "",
        failure_rule=_failure_rule(step, defaults, templates),
        success_rule=_success_rule_of_block(step, templates),
        outcome_notes=outcome_notes(step, templates),
    )


def hook_group(hook: ResolvedHook, step_id: str, templates: Templates) -> messages.Group:
    """Return the group of a hook of a step, or of the pipeline when the id is empty."""
    return messages.Group(
        id=hook.id,
        display_name=hook.hook.point.text,
        failure_rule=_failure_rule(hook.hook, Defaults(), templates),
        hook=messages.Hook(step_id=step_id, point=_POINTS[hook.hook.point.text]),
    )


def annotation_step(hook: ResolvedHook, templates: Templates) -> messages.Step | None:
    """Return the step that makes the notes of a hook; None: it has none."""
    notes = annotate_operation(hook.hook.metadata, hook.hook.annotations, templates)
    if notes is None:
        return None
    return messages.Step(
        id=f"{hook.id}/#{_ANNOTATIONS}",
        display_name=_ANNOTATIONS,
        type=_ANNOTATIONS,
        failure_rule=messages.FailureRule(
            fail_fast=expressions.Flag(constant=False),
            strict_fail_fast=expressions.Flag(constant=False),
        ),
        operations=[Operation(annotate=notes)],
    )


def success_rule(
    criteria: SuccessCriteria | None, templates: Templates
) -> messages.SuccessRule | None:
    """Return what decides a result; None: nothing was said."""
    if criteria is None:
        return None
    condition = criteria.condition
    return messages.SuccessRule(
        only_node_ids=[templates.step_id(name.text) for name in criteria.only],
        ignored_node_ids=[templates.step_id(name.text) for name in criteria.ignore],
        condition=(
            named_conditions(condition.all, condition.any, templates) if condition else None
        ),
    )


def defaults_of(pipeline: Pipeline) -> Defaults:
    """Return the defaults of a whole pipeline."""
    return Defaults(fail_fast=pipeline.fail_fast, strict_fail_fast=pipeline.strict_fail_fast)


def _success_rule_of_block(step: ParallelStep, templates: Templates) -> messages.SuccessRule | None:
    rule = success_rule(step.success_criteria, templates)
    if step.fail_fast is None or step.fail_fast.is_true:
        return rule
    always = messages.SuccessRule(always=templates.flag(step.fail_fast, negated=True))
    always.MergeFrom(rule or messages.SuccessRule())
    return always


def _failure_rule(
    step: Step | Hook, defaults: Defaults, templates: Templates
) -> messages.FailureRule:
    fail_fast = templates.flag(step.fail_fast or defaults.fail_fast)
    strict = templates.flag(step.strict_fail_fast or defaults.strict_fail_fast)
    return messages.FailureRule(
        fail_fast=fail_fast or expressions.Flag(constant=True),
        strict_fail_fast=strict or expressions.Flag(constant=False),
    )


def _timeout(step: Step, defaults: Defaults) -> Duration | None:
    """Return the time limit of a step. One that cannot be read counts as not written."""
    if step.unlimited:
        return None
    written = step.timeout
    return timeout(written.text) if written and is_timeout(written.text) else defaults.timeout
