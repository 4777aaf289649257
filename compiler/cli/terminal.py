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
