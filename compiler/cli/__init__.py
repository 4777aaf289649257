"""The command `freshet`: thin, and the only place that knows the addresses of the services.

Modules are imported when a command needs them: `freshet check` must not wait for gRPC.
"""


def main() -> int:
    """Run the command line and return its exit code (see `exits`)."""
    from compiler.cli.command import run_command_line

    return run_command_line()
