"""`freshet schema`: prints the language as a JSON Schema, for editors."""

import argparse
import json

from compiler.cli.exits import FINE
from compiler.formats.schema import pipeline_schema


def run(_arguments: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(pipeline_schema(), indent=2, ensure_ascii=False))
    return FINE
