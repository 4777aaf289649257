"""What holds for any bytes: an answer, the same one each time, that every format can show."""

import json

from compiler import Checked, Compiled, compile_pipeline
from compiler.formats.dot import render_dot
from compiler.formats.github import workflow_commands
from compiler.formats.json import diagnostics_to_json
from compiler.formats.mermaid import render_mermaid
from compiler.formats.sarif import diagnostics_to_sarif
from compiler.formats.text import render_diagnostics
from compiler.planning.graph import read_graph
from compiler.planning.text import render_plan
from freshet.plan.v1.plan_pb2 import Plan


def judged(content: bytes) -> Compiled:
    """Compile and show `content` in all formats; assert what holds for any bytes."""
    compiled = compile_pipeline(content)

    assert (compiled.plan is None) == (not compiled.valid)
    _show_findings(compiled)
    if compiled.plan:
        _show_plan(compiled.plan)
    _assert_same(compiled, compile_pipeline(content))
    return compiled


def _show_findings(checked: Checked) -> None:
    as_json = diagnostics_to_json([checked])
    as_sarif = diagnostics_to_sarif([checked])

    found = bool(checked.diagnostics)
    assert bool(render_diagnostics(checked)) == found
    assert bool(workflow_commands([checked])) == found
    assert bool(as_json["files"][0]["diagnostics"]) == found
    assert bool(as_sarif["runs"][0]["results"]) == found
    assert json.dumps(as_json) and json.dumps(as_sarif)


def _show_plan(plan: Plan) -> None:
    graph = read_graph(plan)

    assert render_plan(plan)
    assert render_mermaid(graph)
    assert render_dot(graph)


def _assert_same(first: Compiled, second: Compiled) -> None:
    assert first.diagnostics == second.diagnostics
    assert first.secrets == second.secrets
    plans = [each.plan.SerializeToString() if each.plan else b"" for each in (first, second)]
    assert plans[0] == plans[1]
