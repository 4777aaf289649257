"""Finds and reads pipeline files."""

import os
import sys

from compiler.cli.exits import WRONG_USE, CommandError

DEFAULT_NAMES = ("codefresh.yml", "codefresh.yaml", ".codefresh/codefresh.yml")
STANDARD_INPUT = "-"
_MOST_BYTES = 64 * 1024 * 1024
"""So much is read of a file, which may be endless; the compiler refuses far smaller ones."""


def default_path(directory: str) -> str:
    """Return the pipeline file of a directory.

    Raises:
        CommandError: it has none.
    """
    for name in DEFAULT_NAMES:
        path = name if directory == os.curdir else f"{directory}/{name}"
        if os.path.isfile(path):  # noqa: PTH113  # pathlib costs more than a check should wait for
            return path
    raise CommandError(
        WRONG_USE,
        f'there is no pipeline file in "{os.path.realpath(directory)}"',
        f"looked for {', '.join(DEFAULT_NAMES)}; name another file on the command line",
    )


def read_file(path: str) -> bytes:
    """Return the bytes of a pipeline file.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        if path == STANDARD_INPUT:
            return sys.stdin.buffer.read(_MOST_BYTES)
        with open(path, "rb") as file:  # noqa: PTH123  # as above
            return file.read(_MOST_BYTES)
    except IsADirectoryError as error:
        raise CommandError(
            WRONG_USE,
            f'"{path}" is a directory',
            "name the pipeline files in it, as in `ci/*.yml`",
        ) from error
    except OSError as error:
        raise CommandError(
            WRONG_USE, f'the pipeline file "{path}" cannot be read: {error.strerror}'
        ) from error
