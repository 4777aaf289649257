"""Lines on standard error that say what takes its time."""

import sys


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"engine: {text}", file=sys.stderr, flush=True)
