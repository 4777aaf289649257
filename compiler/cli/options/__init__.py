"""What each command takes, apart from what it does: importing these modules must cost little."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from compiler.record import Record

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE_HELP = "pipeline file, `-` for standard input (codefresh.yml of the workspace)"
_WIDTH = 80
"""Of help texts. Asking for the width of the terminal imports more than a check should wait for."""


class Command(Record):
    """A word of the command line."""

    name: str
    summary: str
    """One clause, in lower case."""
    examples: tuple[str, ...]
    notes: str = ""
    """What else stands in its help."""
    module: str
    """Module of `compiler.cli` whose function `run` does it."""
    add_options: Callable[[argparse.ArgumentParser], None]

    def parser(self) -> argparse.ArgumentParser:
        """Return what reads the words after the name."""
        parser = argparse.ArgumentParser(
            prog=f"freshet {self.name}",
            description=sentence(self.summary),
            epilog=epilog(self.examples, self.notes),
            formatter_class=HelpText,
        )
        parser.set_defaults(module=f"compiler.cli.{self.module}", action=self.name)
        self.add_options(parser)
        return parser


class HelpText(argparse.RawDescriptionHelpFormatter):
    """Help that keeps its line breaks."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_WIDTH)


def sentence(summary: str) -> str:
    """Return a summary as a sentence."""
    return f"{summary[0].upper()}{summary[1:]}."


def epilog(examples: Sequence[str], notes: str = "") -> str:
    """Return what stands below the options."""
    return "\n  ".join(["examples:", *examples]) + f"\n\n{notes}"


def no_options(_: argparse.ArgumentParser) -> None:
    """Add nothing."""


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """Let people choose among `formats`, of which the first is the usual one."""
    parser.add_argument(
        "--format", choices=formats, default=formats[0], help=f"form of the output ({formats[0]})"
    )


def add_colour(parser: argparse.ArgumentParser) -> None:
    """Let people say whether they want colours."""
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="use colours (auto: on a terminal, unless NO_COLOR is set)",
    )


def add_pipeline(parser: argparse.ArgumentParser) -> None:
    """Let people name a pipeline, and what it is compiled with."""
    from pathlib import Path

    add = parser.add_argument
    add("file", nargs="?", metavar="FILE", help=PIPELINE_HELP)
    add(
        "--workspace",
        type=Path,
        metavar="DIRECTORY",
        help="root of the files (that of the Git work tree the pipeline file is in)",
    )
    add("--branch", help="branch or tag that is built (that of the Git work tree)")
    add("--var", action="append", default=[], metavar="NAME=VALUE", help="set a variable")
    add(
        "--var-file",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="set the variables of a file with NAME=VALUE lines",
    )
    add(
        "--event",
        metavar="FILE",
        help="set the variables of an event: the JSON that a webhook delivered, `-` for standard"
        " input",
    )
    add_colour(parser)


def add_catalog(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Let people describe the account in a file; return the group of ways to know names."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--catalog",
        type=_path,
        metavar="FILE",
        help="file that describes the account: registries, git integrations, clusters",
    )
    return group


def _path(text: str) -> Path:
    from pathlib import Path  # only those who name a file wait for it

    return Path(text)
