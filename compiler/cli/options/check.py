"""What `freshet check` takes."""

import argparse

from compiler.cli.options import PIPELINE_HELP, Command, add_catalog, add_colour, add_format

_NOTES = """formats:
  text    for people
  json    for programs
  sarif   for editors and code scanning (SARIF 2.1.0)
  github  for GitHub Actions: notes beside the lines of a pull request

exit codes:
  0  every file is valid
  1  a file is not valid
  2  a file could not be read; the others were checked all the same
"""


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help=PIPELINE_HELP)
    parser.add_argument("--strict", action="store_true", help="let warnings count as errors")
    add_catalog(parser).add_argument(
        "--ask-registries",
        action="store_true",
        help="ask the registry service about names of registries, as `compile` does",
    )
    add_format(parser, "text", "json", "sarif", "github")
    add_colour(parser)


COMMANDS = (
    Command(
        name="check",
        summary="find mistakes in pipeline files",
        examples=(
            "freshet check",
            "freshet check --strict ci/*.yml",
            "freshet check --catalog catalog.yml",
            "freshet check --format sarif > freshet.sarif",
            "freshet check - < codefresh.yml",
        ),
        notes=_NOTES,
        module="check",
        add_options=_add_options,
    ),
)
