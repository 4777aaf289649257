"""`freshet compile`: shows the plan of a pipeline."""

import argparse
import sys

from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.known import known_names
from compiler.cli.pipeline import compile_and_report, read_pipeline


def run(arguments: argparse.Namespace) -> int:
    """Print the plan."""
    registries, account = known_names(arguments, ask=True)
    plan = compile_and_report(arguments, read_pipeline(arguments), registries, account).plan
    if plan is None:
        return FINDINGS
    match arguments.format:
        case "binary":
            sys.stdout.buffer.write(plan.SerializeToString(deterministic=True))
        case "json":
            from google.protobuf.json_format import MessageToJson

            print(MessageToJson(plan, preserving_proto_field_name=True))
        case _:
            from compiler.planning.text import render_plan

            print(render_plan(plan), end="")
    return FINE
