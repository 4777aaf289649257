"""Asks before something is done that cannot be taken back."""

import sys

from compiler.cli.exits import WRONG_USE, CommandError

_YES = ("y", "yes")


def confirm(question: str, *, yes: bool) -> bool:
    """Return whether to go on; `yes` says so without asking.

    Raises:
        CommandError: there is nobody to ask.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise CommandError(
            WRONG_USE, f"{question}: there is no terminal to ask on", "`--yes` goes on unasked"
        )
    print(f"{question}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in _YES
