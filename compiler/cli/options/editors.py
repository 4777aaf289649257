"""What `freshet schema` and `freshet lsp` take."""

import argparse

from compiler.cli.options import Command, add_catalog, no_options


def _add_lsp_options(parser: argparse.ArgumentParser) -> None:
    add_catalog(parser)
    parser.add_argument(
        "--tcp",
        metavar="HOST:PORT",
        help="listen on a loopback address, in place of standard input and output",
    )


COMMANDS = (
    Command(
        name="schema",
        summary="print the JSON Schema of pipeline files, for editors",
        examples=("freshet schema > codefresh.schema.json",),
        module="schema",
        add_options=no_options,
    ),
    Command(
        name="lsp",
        summary="serve editors: the Language Server Protocol on standard input and output",
        examples=("freshet lsp", "freshet lsp --catalog catalog.yml"),
        notes="docs/editors.md tells how editors are set up.\n",
        module="lsp",
        add_options=_add_lsp_options,
    ),
)
