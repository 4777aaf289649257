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


_NOTES = """\
A runner that is reached over TCP (FRESHET_RUNNER_SERVICE) is sent the files
first. Ctrl-C asks the run to stop; a second Ctrl-C leaves it, and `freshet runs
watch` shows it again.

formats:
  text  for people; on a terminal with a block that tells what is going on
  json  one JSON object a line: `{"event": …}` for each event, then `{"run": …}`

exit codes:
  0  the run succeeded, or was accepted with --detach
  1  the pipeline has mistakes, or the runner refuses it
  2  wrong use
  3  a service or the Docker daemon could not be reached
  4  the run failed
  5  the run was stopped, or left with Ctrl-C
"""

COMMANDS = (
    Command(
        name="run",
        summary="run a pipeline: compile it, build and push on the Docker daemon, and follow it",
        examples=(
            "freshet run",
            "freshet run ci/release.yml --var VERSION=1.2 --secret TOKEN",
            "freshet run --event - < event.json",
            "freshet run --detach",
        ),
        notes=_NOTES,
        module="run",
        add_options=_add_options,
    ),
)
