"""What the runner refuses, by name, before anything is done."""

import itertools
from dataclasses import replace

import pytest

from freshet.plan.v1 import operation_pb2 as operations
from freshet.plan.v1.expression_pb2 import Condition, Reference, Template, TemplatePart
from freshet.plan.v1.operation_pb2 import Operation, ServiceSet
from freshet.plan.v1.plan_pb2 import (
    Group,
    Hook,
    OutcomeNote,
    Plan,
    StartRule,
    Step,
    StepOutcome,
    SuccessRule,
)
from runner_service.capability import require_capabilities, require_daemon
from runner_service.daemon import BuilderKind, BuildUnsupported, DaemonDescription, ImageStore
from runner_service.errors import OperationUnsupported

EXECUTED = {"build", "clone", "push"}
KINDS = [field.name for field in Operation.DESCRIPTOR.oneofs_by_name["kind"].fields]
TEXT = Template(parts=[TemplatePart(text="x")])
SERVICES = ServiceSet(id="db")
STEPS = {
    "condition": Step(start_rule=StartRule(condition=Condition())),
    "services": Step(services=[SERVICES]),
    "outcome_notes": Step(outcome_notes=[OutcomeNote()]),
    "build.builder.google_cloud_build": Step(
        operations=[
            Operation(
                build=operations.BuildOperation(
                    builder=operations.Builder(google_cloud_build=operations.GoogleCloudBuild())
                )
            )
        ]
    ),
    "push.inline.aws_keys": Step(
        operations=[
            Operation(
                push=operations.PushOperation(
                    inline=operations.InlineDestination(aws_keys=operations.InlineAwsKeys())
                )
            )
        ]
    ),
}
_DAEMON = DaemonDescription(
    engine_version="26.1.5",
    api_version="1.45",
    image_store=ImageStore.GRAPHDRIVER,
    operating_system="linux",
    architecture="amd64",
)
PIPELINES = {
    "services": Plan(services=[SERVICES]),
    "success_rule": Plan(success_rule=SuccessRule()),
    "group": Plan(groups=[Group(id="block")]),
    "hook": Plan(groups=[Group(id="/#on_fail", hook=Hook(point=Hook.POINT_ON_FAIL))]),
}


@pytest.mark.parametrize("kind", sorted({*KINDS} - EXECUTED))
def test_operation_that_is_not_executed_is_refused_by_its_kind(kind: str) -> None:
    operation = Operation()
    getattr(operation, kind).SetInParent()

    with pytest.raises(OperationUnsupported) as refused:
        require_capabilities(Plan(steps=[Step(id="a", operations=[operation])]))

    assert (refused.value.step_id, refused.value.feature) == ("a", kind)


@pytest.mark.parametrize("feature", STEPS)
def test_step_is_refused_by_the_name_of_what_it_needs(feature: str) -> None:
    step = Step(id="a")
    step.MergeFrom(STEPS[feature])

    with pytest.raises(OperationUnsupported) as refused:
        require_capabilities(Plan(steps=[step]))

    assert (refused.value.step_id, refused.value.feature) == ("a", feature)


@pytest.mark.parametrize("feature", PIPELINES)
def test_pipeline_is_refused_by_the_name_of_what_it_needs(feature: str) -> None:
    with pytest.raises(OperationUnsupported) as refused:
        require_capabilities(PIPELINES[feature])

    assert refused.value.feature == feature


def _build(**fields: object) -> Plan:
    build = operations.BuildOperation(**fields)  # type: ignore[arg-type]  # by cases
    return Plan(steps=[Step(id="a", operations=[Operation(build=build)])])


def _text(value: str) -> Template:
    return Template(parts=[TemplatePart(text=value)])


_HOLE = Template(parts=[TemplatePart(reference=Reference(source_text="${{P}}"))])


@pytest.mark.parametrize(
    ("plan", "feature"),
    [
        (_build(platforms=[_text("linux/amd64"), _text("linux/arm64")]), "several platforms"),
        (_build(platforms=[_text("linux/arm64")]), ""),
        (_build(platforms=[_text("linux/arm64"), _HOLE]), ""),
        (_build(cache_destinations=[_text("type=registry,ref=a/b")]), "cache_to"),
        (_build(cache_destinations=[_text("type=inline")]), ""),
        (_build(cache_destinations=[_HOLE]), ""),
        (_build(), ""),
    ],
)
def test_plan_is_refused_by_what_its_daemon_cannot_do(plan: Plan, feature: str) -> None:
    containerd = replace(_DAEMON, image_store=ImageStore.CONTAINERD)

    require_daemon(plan, containerd)
    if not feature:
        require_daemon(plan, _DAEMON)
        return
    with pytest.raises(BuildUnsupported, match=feature) as refused:
        require_daemon(plan, _DAEMON)

    assert "Docker 26.1.5" in refused.value.engine
    assert "containerd-snapshotter" in refused.value.help


@pytest.mark.parametrize(
    ("plan", "feature"),
    [
        (_build(secrets=[operations.BuildSecret(id="a")]), "type=secret"),
        (_build(ssh=[operations.BuildSsh(id="a")]), "type=ssh"),
        (_build(cache_destinations=[_text("a/b")]), "cache_to"),
    ],
)
def test_plan_for_buildkit_is_refused_where_there_is_none(plan: Plan, feature: str) -> None:
    modern = replace(_DAEMON, image_store=ImageStore.CONTAINERD)

    require_daemon(plan, modern)
    with pytest.raises(BuildUnsupported, match=feature) as refused:
        require_daemon(plan, replace(modern, builder=BuilderKind.CLASSIC))

    assert "the classic builder" in refused.value.engine
    assert "needs BuildKit" in refused.value.help


def test_named_set_of_services_is_refused() -> None:
    with pytest.raises(OperationUnsupported, match='step "a" needs "services"'):
        require_capabilities(Plan(steps=[Step(id="a", service_set_ids=["db"])]))


def test_what_belongs_to_the_whole_pipeline_is_told_so() -> None:
    with pytest.raises(OperationUnsupported, match='the pipeline needs "success_rule"'):
        require_capabilities(Plan(success_rule=SuccessRule()))


def test_kinds_that_are_executed_and_edges_with_any_outcomes_are_let_in() -> None:
    steps = [Step(id=kind, operations=[Operation()]) for kind in sorted(EXECUTED)]
    for step in steps:
        getattr(step.operations[0], step.id).SetInParent()
    for before, step in itertools.pairwise(steps):
        step.start_rule.dependencies.add(
            node_id=before.id,
            outcomes=[StepOutcome.STEP_OUTCOME_FAILED, StepOutcome.STEP_OUTCOME_DENIED],
        )

    require_capabilities(Plan(steps=steps))
