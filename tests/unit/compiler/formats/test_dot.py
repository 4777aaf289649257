"""Graphs for Graphviz, read back by a parser of its language."""

import pydot
import pytest

from compiler.formats.dot import render_dot
from compiler.planning.graph import read_graph
from freshet.plan.v1.plan_pb2 import Group, Plan, Step
from tests.unit.compiler.formats.plans import HOSTILE, PLAN

# pydot calls its parser library by names that this library gives up.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pydot.dot_parser")


def drawn(plan: Plan) -> pydot.Dot:
    graphs = pydot.graph_from_dot_data(render_dot(read_graph(plan)))
    assert graphs is not None
    (graph,) = graphs
    return graph


def test_groups_are_clusters_and_hooks_are_dashed() -> None:
    clusters = {each.get_name(): each for each in drawn(PLAN).get_subgraphs()}

    assert {name: each.get("style") for name, each in clusters.items()} == {
        "cluster_g0": "solid",
        "cluster_g1": "dashed",
        "cluster_g2": "dashed",
        "cluster_g3": "dashed",
    }
    inside = [node.get_name() for node in clusters["cluster_g0"].get_nodes()]
    assert inside == ["g0", "n1", "n2"]


def test_edges_end_at_the_borders_of_clusters() -> None:
    edges = {(each.get_source(), each.get_destination()): each for each in drawn(PLAN).get_edges()}

    assert edges.keys() == {("g0", "n3"), ("n3", "n4"), ("n0", "g0"), ("n3", "g1"), ("g2", "n3")}
    assert edges["g0", "n3"].get("ltail") == "cluster_g0"
    assert edges["n0", "g0"].get("lhead") == "cluster_g0"
    assert edges["n3", "n4"].get("label") == '"failed"'
    assert edges["n3", "g1"].get("style") == "dashed"


def test_steps_of_one_stage_have_one_colour() -> None:
    graph = drawn(PLAN)

    (ship,) = graph.get_node("n3")
    (clone,) = graph.get_node("n0")

    assert ship.get("fillcolor") == "2"
    assert clone.get("fillcolor") is None


def test_no_title_leaves_its_quotes() -> None:
    plan = Plan(
        steps=[Step(id="end", display_name=HOSTILE, type="push")],
        groups=[Group(id="g", display_name=HOSTILE)],
    )

    graph = drawn(plan)

    (node,) = graph.get_node("n0")
    shown = HOSTILE.replace("\n", "\\n").replace("\\", "\\\\").replace('"', '\\"')
    assert node.get("label") == f'"{shown.replace("&", "&amp;")}\\npush"'
    assert [each.get_name() for each in graph.get_subgraphs()] == ["cluster_g0"]
