"""Reads the event that a build is started by."""

import argparse
import sys
from pathlib import Path

from compiler.cli.exits import WRONG_USE, CommandError
from compiler.cli.files import STANDARD_INPUT
from compiler.events import MOST_BYTES, UnusableEvent, read_event
from compiler.language.revisions import branch_variables


def event_variables(arguments: argparse.Namespace, pipeline_path: str) -> dict[str, str]:
    """Return the variables that `--event` sets; `--branch` wins over its branch.

    Raises:
        CommandError: the event cannot be read, or nothing can be made of it.
    """
    path: str | None = arguments.event
    if path is None:
        return {}
    if path == STANDARD_INPUT == pipeline_path:
        raise CommandError(
            WRONG_USE,
            "the pipeline and the event cannot both come from standard input",
            "name a file for one of them",
        )
    try:
        variables = read_event(_read(path))
    except UnusableEvent as error:
        raise CommandError(
            WRONG_USE, f'the event "{path}" cannot be used: {error}', error.help
        ) from error
    return {**variables, **(branch_variables(arguments.branch) if arguments.branch else {})}


def _read(path: str) -> bytes:
    most = MOST_BYTES + 1  # so that what is too large can be told from what is not
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read(most)
        with Path(path).open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise CommandError(
            WRONG_USE, f'the event "{path}" cannot be read: {error.strerror}'
        ) from error
