"""Graphs for Mermaid."""

import re

from compiler.formats.mermaid import render_mermaid
from compiler.planning.graph import read_graph
from freshet.plan.v1.plan_pb2 import Group, Plan, Step
from tests.unit.compiler.formats.plans import HOSTILE, PLAN


def test_everything_of_a_plan_is_drawn() -> None:
    assert render_mermaid(read_graph(PLAN)).splitlines() == [
        "flowchart TD",
        '  n0["Get it<br/>git-clone"]',
        "  n3[\"ship<br/>push, stage ship<br/>if (branch == 'main') and ((a) or (b))\"]",
        '  n4["mourn<br/>freestyle"]',
        '  subgraph g0["Builds<br/>if x"]',
        '    n1["one<br/>build, stage make"]',
        '    n2["two<br/>build, stage ship"]',
        "  end",
        '  subgraph g1["on_fail of ship"]',
        '    n5["ship.on_fail/tell<br/>freestyle"]',
        "  end",
        '  subgraph g2["on_elected of ship"]',
        "  end",
        '  subgraph g3["on_finish of the pipeline"]',
        "  end",
        "  g0 --> n3",
        '  n3 -->|"failed"| n4',
        "  n0 --> g0",
        '  n3 -.->|"on_fail"| g1',
        '  g2 -.->|"on_elected"| n3',
        "  style n3 fill:#b3cde3,color:#000",
        "  style n1 fill:#fbb4ae,color:#000",
        "  style n2 fill:#b3cde3,color:#000",
        "  style g1 stroke-dasharray:5",
        "  style g2 stroke-dasharray:5",
        "  style g3 stroke-dasharray:5",
    ]


def test_no_title_leaves_its_quotes() -> None:
    plan = Plan(
        steps=[Step(id="end", display_name=HOSTILE, type=HOSTILE, group_id="g")],
        groups=[Group(id="g", display_name=HOSTILE)],
    )

    lines = render_mermaid(read_graph(plan)).splitlines()

    assert len(lines) == 4
    for line in lines[1:3]:
        assert re.fullmatch(r' +(subgraph )?\w+\["[^"]*"\]', line)
        assert not re.search(r"[%<>{}`\\]", line.replace("<br/>", ""))


def test_signs_are_written_by_their_numbers() -> None:
    plan = Plan(steps=[Step(id="a", display_name='é "1" #2; 😀', type="push")])

    assert 'n0["é #34;1#34; #35;2#59; #128512;<br/>push"]' in render_mermaid(read_graph(plan))
