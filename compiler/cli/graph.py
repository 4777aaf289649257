"""`freshet graph`: draws a pipeline."""

import argparse

from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.known import known_names
from compiler.cli.pipeline import compile_and_report, read_pipeline
from compiler.planning.graph import read_graph


def run(arguments: argparse.Namespace) -> int:
    """Print the graph of the plan; the service is not asked, since no registry is part of it."""
    registries, account = known_names(arguments, ask=False)
    compiled = compile_and_report(arguments, read_pipeline(arguments), registries, account)
    if compiled.plan is None:
        return FINDINGS
    graph = read_graph(compiled.plan)
    if arguments.format == "dot":
        from compiler.formats.dot import render_dot

        print(render_dot(graph), end="")
    else:
        from compiler.formats.mermaid import render_mermaid

        print(render_mermaid(graph), end="")
    return FINE
