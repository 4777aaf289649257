"""The words of the command line, and its top loop.

The first word names a command. What the command takes stands in `options`, what it does in a module
with a function `run`; of either, only what is called is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from compiler.cli.exits import FINE, RUN_STOPPED, CommandError
from compiler.cli.options import Command, HelpText

_DESCRIPTION = "The open, self-hosted engine for codefresh.yml pipelines."
_EPILOG = """commands:
{commands}

`freshet COMMAND --help` tells more about one.

exit codes:
  0  fine
  1  the pipeline has mistakes, or a request was refused
  2  wrong use
  3  a service or the Docker daemon could not be reached
  4  a run failed
  5  a run was cancelled or terminated

examples:
  freshet check
  freshet registry add ghcr --provider ghcr --prefix acme --username me --password-stdin
  freshet run
"""
_OPTIONS = {
    "check": "check",
    "explain": "explain",
    "compile": "compile",
    "graph": "graph",
    "run": "run",
    "runs": "runs",
    "watch": "runs",
    "cancel": "runs",
    "registry": "registry",
    "token": "access",
    "audit": "access",
    "up": "services",
    "down": "services",
    "status": "services",
    "completion": "completion",
    "schema": "editors",
    "lsp": "editors",
}
"""Commands, and the modules of `options` that say what they take."""
COMMAND_NAMES = tuple(_OPTIONS)


def run_command_line(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    _let_any_name_be_printed()
    parsed = _parse(sys.argv[1:] if arguments is None else arguments)
    try:
        command: Callable[[argparse.Namespace], int] = import_module(parsed.module).run
        exit_code = command(parsed)
        sys.stdout.flush()
        return exit_code
    except CommandError as error:
        error.print()
        return error.exit_code
    except KeyboardInterrupt:
        return RUN_STOPPED
    except BrokenPipeError:
        # The reader has gone, as in `| head`: nothing is left to say, and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


def command_named(name: str) -> Command:
    """Return a command by its name, one of `COMMAND_NAMES`."""
    options = import_module(f"compiler.cli.options.{_OPTIONS[name]}")
    commands: Sequence[Command] = options.COMMANDS
    return next(command for command in commands if command.name == name)


def _parse(words: Sequence[str]) -> argparse.Namespace:
    name = words[0] if words else ""
    if name in _OPTIONS:
        return command_named(name).parser().parse_args(words[1:])
    return _explain_words(words)


def _explain_words(words: Sequence[str]) -> NoReturn:
    """Print the help or the version, or tell that there is no such command."""
    lines = [f"  {name:12}{command_named(name).summary}" for name in COMMAND_NAMES]
    parser = argparse.ArgumentParser(
        prog="freshet",
        usage="%(prog)s [--help] [--version] COMMAND ...",
        description=_DESCRIPTION,
        epilog=_EPILOG.format(commands="\n".join(lines)),
        formatter_class=HelpText,
    )
    parser.add_argument("--version", action=_Version, help="print the version and exit")
    parser.add_argument("command", metavar="COMMAND", help=argparse.SUPPRESS)
    name: str = parser.parse_args(words[:1]).command
    from compiler.mistakes import nearest

    near = nearest(name, COMMAND_NAMES)
    parser.error(f'there is no command "{name}"' + (f'; did you mean "{near}"?' if near else ""))


def _let_any_name_be_printed() -> None:
    """Let names of files that are no text be escaped: printing them would fail."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)  # a stream that is no file has none
    if reconfigure:
        reconfigure(errors="backslashreplace")


class _Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from freshet import __version__

        print(f"freshet {__version__}")
        parser.exit()
