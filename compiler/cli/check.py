"""`freshet check`: finds mistakes in pipeline files. Imports neither gRPC nor protobuf."""

import argparse
import sys
from pathlib import Path

from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.files import default_path, read_file
from compiler.driver import check_pipeline
from compiler.render import diagnostics_to_json, render_diagnostics


def run(arguments: argparse.Namespace) -> int:
    """Check all files; registries are not asked, so every name of one is accepted."""
    paths = arguments.files or [default_path(Path())]
    checked = [check_pipeline(read_file(path), path=path) for path in paths]
    if arguments.format == "json":
        import json

        print(json.dumps(diagnostics_to_json(checked), indent=2, ensure_ascii=False))
    else:
        for each in checked:
            print(render_diagnostics(each, colour=sys.stdout.isatty()), end="")
            print(f"{each.source.path}: {'valid' if each.valid else 'not valid'}")
    return FINE if all(each.valid for each in checked) else FINDINGS
