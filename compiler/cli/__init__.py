"""The command `freshet`: thin, and the only place that knows the addresses of the services.

Modules are imported when a command needs them: `freshet check` must not wait for gRPC.
"""

import gc


def main() -> int:
    """Run the command line and return its exit code (see `exits`). Called once in a process."""
    # Importing makes thousands of objects and no garbage, and what is left at the end goes with the
    # process: looking for garbage takes a tenth of the time of a check.
    gc.set_threshold(100_000)
    try:
        from compiler.cli.command import run_command_line

        return run_command_line()
    finally:
        gc.freeze()
