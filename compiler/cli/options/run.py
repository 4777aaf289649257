"""What `freshet run` takes."""

import argparse

from compiler.cli.options import Command, add_format, add_pipeline


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_pipeline(parser)
    add = parser.add_argument
    add(
        "--secret",
        action="append",
        default=[],
        metavar="NAME",
        help="take the variable NAME from the environment and hide its value",
    )
    add("--no-cache", action="store_true", help="leave the layer cache of the builder unused")
    add(
        "--upload",
        action="store_true",
        help="send the files to the runner, as to one that is reached over TCP",
    )
    add("--detach", action="store_true", help="print the name of the run and do not wait for it")
    add_format(parser, "text", "json")


COMMANDS = (
    Command(
        name="run",
        summary="run a pipeline: compile it, build and push on the Docker daemon, and follow it",
        examples=(
            "freshet run",
            "freshet run ci/release.yml --var VERSION=1.2 --secret TOKEN",
            "freshet run --event - < event.json",
        ),
        module="run",
        add_options=_add_options,
    ),
)
