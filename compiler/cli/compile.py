"""`freshet compile`: shows the plan of a pipeline."""

import argparse
import sys

from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.pipeline import compile_and_report, read_pipeline


def run(arguments: argparse.Namespace) -> int:
    """Print the plan."""
    plan = compile_and_report(read_pipeline(arguments)).plan
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
