"""What `freshet compile` takes."""

import argparse

from compiler.cli.options import Command, add_catalog, add_format, add_pipeline


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_pipeline(parser)
    add_catalog(parser)
    add_format(parser, "text", "json", "binary")


COMMANDS = (
    Command(
        name="compile",
        summary="show the plan of a pipeline: what runs in what order, what is pushed where",
        examples=(
            "freshet compile",
            "freshet compile --format json --var VERSION=1.2 > plan.json",
            "freshet compile --event pull-request.json",
        ),
        module="compile",
        add_options=_add_options,
    ),
)
