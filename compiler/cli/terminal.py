"""What a terminal can show."""

import os
from typing import TextIO


def wants_colour(stream: TextIO, choice: str) -> bool:
    """Return whether to use colours on `stream`; `choice` is that of `--color`.

    See https://no-color.org for the variable.
    """
    if choice != "auto":
        return choice == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and stream.isatty()


def can_be_redrawn(stream: TextIO) -> bool:
    """Return whether what is on `stream` can be taken back: a terminal that is not a dumb one."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
