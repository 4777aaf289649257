"""What `freshet up`, `freshet down` and `freshet status` take."""

import argparse

from compiler.cli.options import Command, add_format, no_options


def _add_status_options(parser: argparse.ArgumentParser) -> None:
    add_format(parser, "text", "json")


COMMANDS = (
    Command(
        name="up",
        summary="start the services on this machine",
        examples=("freshet up",),
        module="services",
        add_options=no_options,
    ),
    Command(
        name="down",
        summary="stop the services on this machine",
        examples=("freshet down",),
        module="services",
        add_options=no_options,
    ),
    Command(
        name="status",
        summary="tell how the services and the Docker daemon are",
        examples=("freshet status", "freshet status --format json"),
        module="services",
        add_options=_add_status_options,
    ),
)
