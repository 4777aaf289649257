"""What `freshet runs`, `freshet watch` and `freshet cancel` take."""

import argparse

from compiler.cli.options import Command, add_colour, add_format


def _add_list_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=20, help="how many at most (20)")
    add_format(parser, "text", "json")


def _add_watch_options(parser: argparse.ArgumentParser) -> None:
    _add_name(parser)
    add_format(parser, "text", "json")
    add_colour(parser)


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="RUN", help="name of the run, as `freshet runs` shows it")


COMMANDS = (
    Command(
        name="runs",
        summary="list the newest runs",
        examples=("freshet runs --limit 5",),
        module="runs",
        add_options=_add_list_options,
    ),
    Command(
        name="watch",
        summary="show a run from its beginning to its end",
        examples=("freshet watch runs/6b0487c73be811bcd320e476",),
        module="runs",
        add_options=_add_watch_options,
    ),
    Command(
        name="cancel",
        summary="ask a run to stop",
        examples=("freshet cancel runs/6b0487c73be811bcd320e476",),
        module="runs",
        add_options=_add_name,
    ),
)
