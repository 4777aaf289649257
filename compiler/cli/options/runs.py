"""What `freshet runs` and its actions take, and the short forms `freshet watch` and `cancel`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from compiler.cli.options import Command, HelpText, add_colour, add_format, epilog, sentence

_RUN = "runs/6b0487c73be811bcd320e476"
_WATCH_EXITS = """exit codes:
  0  the run succeeded
  1  there is no such run
  3  the runner could not be reached
  4  the run failed
  5  the run was stopped, or Ctrl-C ended the watching; a watched run goes on
"""
_EXITS = """exit codes:
  0  fine
  1  there is no such run, or the runner refuses
  2  wrong use
  3  the runner could not be reached
"""
_AddOptions = Callable[[argparse.ArgumentParser], None]


def _add_options(parser: argparse.ArgumentParser) -> None:
    _add_list_options(parser)
    actions = parser.add_subparsers(metavar="ACTION")
    for action, (summary, examples, exits, add_options) in _ACTIONS.items():
        subparser = actions.add_parser(
            action,
            help=summary,
            description=sentence(summary),
            epilog=epilog([f"freshet runs {each}" for each in examples], exits),
            formatter_class=HelpText,
        )
        subparser.set_defaults(action=action)
        add_options(subparser)


def _add_list_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--limit", type=int, default=20, metavar="COUNT", help="how many at most (20)")
    add("--pipeline", default="", metavar="NAME", help="only runs of this pipeline")
    add_format(parser, "text", "json")


def _add_watch_options(parser: argparse.ArgumentParser) -> None:
    _add_named(parser)
    add_colour(parser)


def _add_log_options(parser: argparse.ArgumentParser) -> None:
    _add_named(parser)
    parser.add_argument("--step", default="", metavar="STEP", help="only the output of this step")
    parser.add_argument("--follow", action="store_true", help="go on until the run ends")


def _add_delete_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="RUN", help="names of runs that have ended")
    add_format(parser, "text", "json")


def _add_named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="RUN", help="name of the run, as `freshet runs list` shows it"
    )
    add_format(parser, "text", "json")


_ACTIONS: dict[str, tuple[str, tuple[str, ...], str, _AddOptions]] = {
    "list": (
        "list the newest runs",
        ("list", "list --limit 5 --pipeline app/codefresh", "list --format json"),
        _EXITS,
        _add_list_options,
    ),
    "show": (
        "tell what came of a run: its steps, what was pushed, why it failed",
        (f"show {_RUN}", f"show --format json {_RUN}"),
        _EXITS,
        _add_named,
    ),
    "watch": (
        "show a run from its beginning to its end",
        (f"watch {_RUN}", f"watch --format json {_RUN}"),
        _WATCH_EXITS,
        _add_watch_options,
    ),
    "cancel": (
        "ask a run to stop",
        (f"cancel {_RUN}",),
        _EXITS,
        _add_named,
    ),
    "logs": (
        "print what a run wrote so far",
        (f"logs {_RUN}", f"logs --step build --follow {_RUN}"),
        _EXITS,
        _add_log_options,
    ),
    "provenance": (
        "print where pushed images come from: SLSA v1 statements",
        (f"provenance {_RUN}", f"provenance --format json {_RUN} > statements.jsonl"),
        _EXITS,
        _add_named,
    ),
    "delete": (
        "forget runs that have ended, and what they wrote",
        (f"delete {_RUN}",),
        _EXITS,
        _add_delete_options,
    ),
}

COMMANDS = (
    Command(
        name="runs",
        summary="list, show, watch, stop and delete runs",
        examples=(
            "freshet runs",
            "freshet runs list --limit 5",
            f"freshet runs show {_RUN}",
            f"freshet runs logs --step build {_RUN}",
        ),
        notes="Without an action the newest runs are listed.\n\n" + _EXITS,
        module="runs",
        add_options=_add_options,
    ),
    Command(
        name="watch",
        summary="show a run from its beginning to its end",
        examples=(f"freshet watch {_RUN}",),
        notes=_WATCH_EXITS,
        module="runs",
        add_options=_add_watch_options,
    ),
    Command(
        name="cancel",
        summary="ask a run to stop",
        examples=(f"freshet cancel {_RUN}",),
        notes=_EXITS,
        module="runs",
        add_options=_add_named,
    ),
)
