"""What `freshet explain` takes."""

import argparse

from compiler.cli.options import Command, add_format


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "codes", nargs="*", metavar="CODE", help="code of a mistake, as in FR110 (all of them)"
    )
    add_format(parser, "text", "json")


COMMANDS = (
    Command(
        name="explain",
        summary="tell what the code of a mistake means, with a wrong and a right pipeline",
        examples=(
            "freshet explain",
            "freshet explain FR110",
            "freshet explain --format json 110 111",
        ),
        module="explain",
        add_options=_add_options,
    ),
)
