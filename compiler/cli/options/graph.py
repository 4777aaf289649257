"""What `freshet graph` takes."""

import argparse

from compiler.cli.options import Command, add_catalog, add_format, add_pipeline


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_pipeline(parser)
    add_catalog(parser)
    add_format(parser, "mermaid", "dot")


COMMANDS = (
    Command(
        name="graph",
        summary="draw a pipeline: its steps and what waits for what",
        examples=(
            "freshet graph > pipeline.mmd",
            "freshet graph --format dot ci/release.yml | dot -Tsvg > pipeline.svg",
            "freshet graph --event push.json",
        ),
        module="graph",
        add_options=_add_options,
    ),
)
