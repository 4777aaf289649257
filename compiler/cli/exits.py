"""Exit codes, and the errors that lead to them."""

import sys

FINE = 0
FINDINGS = 1
"""The pipeline has mistakes, or a request was refused."""
WRONG_USE = 2
UNREACHABLE = 3
"""A service or the Docker daemon could not be reached."""
RUN_FAILED = 4
RUN_STOPPED = 5
"""The run was cancelled or terminated."""


class CommandError(Exception):
    """The command cannot go on; the message is one paragraph for people."""

    def __init__(self, exit_code: int, message: str, help: str = "") -> None:
        """End with `exit_code`, say `message`, and `help` about what to do."""
        super().__init__(message)
        self.exit_code = exit_code
        self.help = help

    def print(self) -> None:
        """Print it where people look for errors."""
        print(f"freshet: {self}", file=sys.stderr)
        if self.help:
            print(f"  help: {self.help}", file=sys.stderr)
