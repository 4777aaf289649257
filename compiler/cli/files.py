"""Finds and reads pipeline files."""

import sys
from pathlib import Path

from compiler.cli.exits import WRONG_USE, CommandError

DEFAULT_NAMES = ("codefresh.yml", "codefresh.yaml", ".codefresh/codefresh.yml")
STANDARD_INPUT = "-"


def default_path(directory: Path) -> str:
    """Return the pipeline file of a directory.

    Raises:
        CommandError: it has none.
    """
    for name in DEFAULT_NAMES:
        if (directory / name).is_file():
            return str(directory / name)
    raise CommandError(
        WRONG_USE,
        f'there is no pipeline file in "{directory.resolve()}"',
        f"looked for {', '.join(DEFAULT_NAMES)}; name another file on the command line",
    )


def read_file(path: str) -> bytes:
    """Return the bytes of a pipeline file.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
    except OSError as error:
        raise CommandError(
            WRONG_USE, f'the pipeline file "{path}" cannot be read: {error.strerror}'
        ) from error
