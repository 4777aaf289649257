"""Steps → operations: the table of types, and the types that need little."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.language.parts import ApprovalTimeout
from compiler.language.steps import ApprovalStep, PluginStep
from compiler.language.values import Text
from compiler.model.steps import (
    Resolved,
    ResolvedBuild,
    ResolvedClone,
    ResolvedComposition,
    ResolvedContainer,
    ResolvedDeploy,
    ResolvedOther,
    ResolvedPush,
)
from compiler.planning.annotations import annotate_operation
from compiler.planning.build import build_operation, sign_operation
from compiler.planning.containers import compose_operation, run_operation
from compiler.planning.images import image_source, selector
from compiler.planning.push import push_of_build, push_operation
from compiler.planning.templates import Templates
from compiler.planning.times import count, duration
from compiler.planning.values import value_map
from freshet.plan.v1 import operation_pb2 as messages
from freshet.plan.v1.operation_pb2 import ApproveOperation, Operation

_ROLLOUT_S = 120.0
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_APPROVAL_HOURS = 168.0
_TIMEOUT_ACTIONS = {
    "terminated": ApproveOperation.TIMEOUT_ACTION_TERMINATE,
    "approved": ApproveOperation.TIMEOUT_ACTION_APPROVE,
    "denied": ApproveOperation.TIMEOUT_ACTION_DENY,
}


def operations(resolved: Resolved, templates: Templates) -> list[Operation]:
    """Return what a step does, in order."""
    match resolved:
        case ResolvedBuild():
            return list(_of_build(resolved, templates))
        case ResolvedPush():
            return [Operation(push=push_operation(resolved, templates))]
        case ResolvedClone():
            return [Operation(clone=_clone(resolved, templates))]
        case ResolvedContainer():
            return [Operation(run=run_operation(resolved, templates))]
        case ResolvedComposition():
            return [Operation(compose=compose_operation(resolved, templates))]
        case ResolvedDeploy():
            return [Operation(deploy=_deploy(resolved, templates))]
        case ResolvedOther(step=ApprovalStep() as step):
            return [Operation(approve=_approve(step))]
        case ResolvedOther(step=PluginStep() as step):
            return [Operation(plugin=_plugin(step, templates))]
    raise AssertionError(resolved)  # a block: it has members, and does nothing itself


def _of_build(resolved: ResolvedBuild, templates: Templates) -> Iterator[Operation]:
    """Yield build, push, signature and notes, as far as a build step has them."""
    yield Operation(build=build_operation(resolved, templates))
    if push := push_of_build(resolved, templates):
        yield push
    if sign := sign_operation(resolved, templates):
        yield sign
    step = resolved.step
    if notes := annotate_operation(step.metadata, step.annotations, templates):
        yield Operation(annotate=notes)


def _clone(resolved: ResolvedClone, templates: Templates) -> messages.CloneOperation:
    step = resolved.step
    operation = messages.CloneOperation(
        repository=templates.template(step.repo),
        revision=templates.template(step.revision),
        git_integration=templates.template(step.git),
        parent_directory=templates.template(step.working_directory),
        proxy_used=templates.flag(step.use_proxy),
        depth=count(step.depth, 0),
        blobs_excluded=templates.flag(step.exclude_blobs),
        tags_skipped=templates.flag(step.skip_tags_on_update),
    )
    if step.credentials:
        operation.username.CopyFrom(templates.template(step.credentials.username))
        password = templates.password(step.credentials.password, f"{resolved.id}.password")
        operation.password.CopyFrom(password)
    return operation


def _approve(step: ApprovalStep) -> ApproveOperation:
    limit = step.approval_timeout or ApprovalTimeout()
    length = limit.duration.value if limit.duration else _APPROVAL_HOURS
    unit = limit.time_unit.text if limit.time_unit else "hours"
    final_state = limit.final_state.text if limit.final_state else "terminated"
    return ApproveOperation(
        timeout=duration(length, unit), timeout_action=_TIMEOUT_ACTIONS[final_state]
    )


def _deploy(resolved: ResolvedDeploy, templates: Templates) -> messages.DeployOperation:
    step = resolved.step
    operation = messages.DeployOperation(
        cluster=templates.template(step.cluster),
        namespace=templates.template(step.namespace),
        candidate_registry=selector(step.candidate_registry, templates),
        timeout=duration(_rollout_s(step.rollout_timeout)),
    )
    if step.file_path:
        operation.manifest_path.CopyFrom(templates.template(step.file_path))
    else:
        operation.service.CopyFrom(templates.template(step.service))
    if step.candidate_image:
        image = image_source(step.candidate_image, templates, resolved.image_of)
        operation.candidate.CopyFrom(image)
    return operation


def _rollout_s(written: Text | None) -> float:
    """Return the seconds that a rollout is waited for; what is no number counts as not written."""
    return float(written.text) if written and _SECONDS.fullmatch(written.text) else _ROLLOUT_S


def _plugin(step: PluginStep, templates: Templates) -> messages.PluginOperation:
    return messages.PluginOperation(
        plugin=templates.template(step.type),
        version=templates.template(step.version),
        arguments=value_map(step.arguments, templates) if step.arguments else None,
    )
