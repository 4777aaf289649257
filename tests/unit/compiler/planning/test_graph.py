"""The graph of a plan."""

import pytest

from compiler.planning.graph import Cluster, Edge, Node, every_member, read_graph
from freshet.plan.v1.expression_pb2 import Condition, ConditionList
from freshet.plan.v1.plan_pb2 import Group, Plan, StartRule, Step, StepOutcome
from tests.unit.compiler.formats.plans import ENDED, FAILED, PLAN, SUCCEEDED, after, term


def edges_of(*outcomes: StepOutcome.ValueType) -> tuple[Edge, ...]:
    plan = Plan(steps=[Step(id="a"), Step(id="b", start_rule=after("a", outcomes))])
    return read_graph(plan).edges


def lines_of(step: Step) -> tuple[str, ...]:
    (node,) = read_graph(Plan(steps=[step], stages=["s"])).members
    return node.lines


def test_steps_stand_in_their_groups() -> None:
    members = read_graph(PLAN).members

    assert [each.lines[0] for each in members] == [
        "Get it",
        "ship",
        "mourn",
        "Builds",
        "on_fail of ship",
        "on_elected of ship",
        "on_finish of the pipeline",
    ]
    builds = members[3]
    assert isinstance(builds, Cluster)
    assert [each.lines[0] for each in builds.members] == ["one", "two"]


def test_groups_stand_in_groups() -> None:
    plan = Plan(
        steps=[Step(id="a", group_id="inner")],
        groups=[Group(id="outer"), Group(id="inner", group_id="outer")],
    )

    found = [each.lines[0] for each in every_member(read_graph(plan).members)]

    assert found == ["outer", "inner", "a"]


def test_keys_are_unique_and_never_those_of_the_user() -> None:
    keys = [each.key for each in every_member(read_graph(PLAN).members)]

    assert len(set(keys)) == len(keys) == len(PLAN.steps) + len(PLAN.groups)
    assert all(key[0] in "ng" and key[1:].isdigit() for key in keys)


@pytest.mark.parametrize(
    ("outcomes", "label"),
    [
        (SUCCEEDED, ""),
        (ENDED, ""),
        (FAILED, "failed"),
        ((*SUCCEEDED, *FAILED), "succeeded or failed"),
    ],
)
def test_edge_tells_outcomes_that_are_not_the_usual_ones(
    outcomes: tuple[StepOutcome.ValueType, ...], label: str
) -> None:
    assert [edge.label for edge in edges_of(*outcomes)] == [label]


def test_hooks_are_tied_to_their_step_in_the_order_they_run() -> None:
    graph = read_graph(PLAN)
    names = {each.key: each.lines[0] for each in every_member(graph.members)}

    ties = {
        (names[edge.source], edge.label, names[edge.target]) for edge in graph.edges if edge.is_hook
    }

    assert ties == {
        ("ship", "on_fail", "on_fail of ship"),
        ("on_elected of ship", "on_elected", "ship"),
    }


def test_node_tells_type_stage_and_condition() -> None:
    step = Step(id="a", display_name="A", type="build", stage="s")
    step.start_rule.CopyFrom(StartRule(condition=term("x == 1")))

    assert lines_of(step) == ("A", "build, stage s", "if x == 1")


def test_conditions_are_joined_as_they_are_read() -> None:
    ship = next(each for each in every_member(read_graph(PLAN).members) if each.key == "n3")

    assert ship.lines[-1] == "if (branch == 'main') and ((a) or (b))"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition(), "if true"),
        (Condition(all_of=ConditionList()), "if true"),
        (Condition(any_of=ConditionList()), "if false"),
        (Condition(any_of=ConditionList(conditions=[term("x")])), "if x"),
    ],
)
def test_empty_and_single_conditions_have_no_parentheses(condition: Condition, text: str) -> None:
    step = Step(id="a", start_rule=StartRule(condition=condition))

    assert lines_of(step)[-1] == text


def test_long_texts_are_cut() -> None:
    assert lines_of(Step(id="a", display_name="x" * 1000))[0] == "x" * 59 + "…"


def test_stage_is_known_by_its_place() -> None:
    nodes = [each for each in every_member(read_graph(PLAN).members) if isinstance(each, Node)]

    assert {node.lines[0]: node.stage for node in nodes} == {
        "Get it": None,
        "one": 0,
        "two": 1,
        "ship": 1,
        "mourn": None,
        "ship.on_fail/tell": None,
    }
