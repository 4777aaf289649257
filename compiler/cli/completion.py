"""`freshet completion`: prints completion scripts, which shtab writes from our parsers."""

import argparse

import shtab

from compiler.cli.command import COMMAND_NAMES, command_named
from compiler.cli.exits import FINE


def run(arguments: argparse.Namespace) -> int:
    """Print the script for one shell."""
    print(shtab.complete(_whole_parser(), arguments.shell))
    return FINE


def _whole_parser() -> argparse.ArgumentParser:
    """Return a parser of all commands; usually only that of one command is made."""
    parser = argparse.ArgumentParser(prog="freshet")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers()
    for name in COMMAND_NAMES:
        command = command_named(name)
        subparser = commands.add_parser(name, help=command.summary)
        command.add_options(subparser)
        for action in subparser._actions:  # argparse tells them nowhere else
            if action.metavar == "FILE":
                action.complete = shtab.FILE  # type: ignore[attr-defined]  # how shtab is told
    return parser
