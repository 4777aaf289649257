"""What holds for the plan of every case."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.driver import Compiled, compile_pipeline
from freshet.plan.v1.plan_pb2 import Group, Plan, Step
from freshet.plan.v1.source_map_pb2 import SourceLocation
from tests.conformance.registries import CaseRegistries
from tests.conformance.test_cases import CASES, VARIABLES

WITH_PLAN = [
    plan.with_name(plan.name.replace(".plan.txt", ".yml"))
    for plan in sorted(CASES.glob("*.plan.txt"))
]


def compiled(case: Path) -> Compiled:
    return compile_pipeline(
        case.read_bytes(), path=case.name, variables=VARIABLES, registries=CaseRegistries()
    )


@pytest.fixture(params=WITH_PLAN, ids=lambda case: case.stem)
def plan(request: pytest.FixtureRequest) -> Plan:
    found = compiled(request.param).plan
    assert found
    return found


def nodes(plan: Plan) -> Iterator[Step | Group]:
    yield from plan.steps
    yield from plan.groups


def test_ids_are_unique_and_whoever_names_one_names_a_node(plan: Plan) -> None:
    ids = [node.id for node in nodes(plan)]
    named = {edge.node_id for node in nodes(plan) for edge in node.start_rule.dependencies}
    named |= {group.hook.step_id for group in plan.groups if group.hook.step_id}
    for group in plan.groups:
        named |= {*group.success_rule.only_node_ids, *group.success_rule.ignored_node_ids}

    assert len({*ids}) == len(ids)
    assert named <= {*ids}


def test_every_group_stands_behind_the_one_it_is_part_of(plan: Plan) -> None:
    known = {""}
    for group in plan.groups:
        assert group.group_id in known
        known.add(group.id)

    assert {step.group_id for step in plan.steps} <= known


def test_steps_of_hooks_stand_behind_all_others(plan: Plan) -> None:
    parents = {group.id: group.group_id for group in plan.groups}
    hooks = {group.id for group in plan.groups if group.HasField("hook")}

    def is_in_hook(group_id: str) -> bool:
        return group_id in hooks or (group_id != "" and is_in_hook(parents[group_id]))

    in_hooks = [is_in_hook(step.group_id) for step in plan.steps]

    assert in_hooks == sorted(in_hooks)


def test_every_node_and_operation_has_a_place(plan: Plan) -> None:
    locations = plan.source_map.locations
    whole = [each.node_id for each in locations if not each.field and not _is_operation(each)]
    operations = [(each.node_id, each.operation_index) for each in locations if _is_operation(each)]

    assert whole == sorted(node.id for node in nodes(plan))
    assert {(step.id, index) for step in plan.steps for index in range(len(step.operations))} - {
        *operations
    } == {(step.id, 0) for step in plan.steps if step.id.endswith("/#annotations")}


def test_plan_is_read_as_it_was_written_and_is_the_same_twice(
    plan: Plan, request: pytest.FixtureRequest
) -> None:
    content = plan.SerializeToString(deterministic=True)

    again = compiled(request.node.callspec.params["plan"]).plan

    assert again
    assert Plan.FromString(content) == plan
    assert again.SerializeToString(deterministic=True) == content


@pytest.mark.parametrize("case", WITH_PLAN, ids=lambda case: case.stem)
def test_secret_of_the_file_is_named_by_its_plan_but_not_told(case: Path) -> None:
    found = compiled(case)
    assert found.plan

    content = found.plan.SerializeToString()

    assert {*found.secrets} <= {*found.plan.required_secrets}
    assert not [name for name, value in found.secrets.items() if value.encode() in content]


def _is_operation(location: SourceLocation) -> bool:
    return location.HasField("operation_index")
