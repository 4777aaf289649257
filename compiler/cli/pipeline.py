"""Finds and reads the pipeline that a command is about, and compiles it."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from compiler.account import Account
from compiler.cli.event import event_variables
from compiler.cli.exits import WRONG_USE, CommandError
from compiler.cli.files import STANDARD_INPUT, default_path, read_file
from compiler.cli.git import Checkout, read_checkout, work_tree_root
from compiler.cli.terminal import wants_colour
from compiler.cli.variables import Variables, read_variables
from compiler.driver import Compiled, compile_pipeline
from compiler.formats.text import render_diagnostics, render_hint
from compiler.registries import Registries


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline file and what it is run with."""

    path: str
    """As the user gave it; `-` for standard input."""
    content: bytes
    name: str
    """`<repository>/<file name without ending>`."""
    checkout: Checkout
    variables: Variables


def read_pipeline(arguments: argparse.Namespace) -> Pipeline:
    """Return the pipeline that the options of `compile` and `run` mean.

    Raises:
        CommandError: there is no such file, or an option is malformed.
    """
    path = arguments.file or default_path(str(arguments.workspace or Path()))
    event = event_variables(arguments, path)
    content = read_file(path)
    directory = arguments.workspace or _directory_of(path)
    if not directory.is_dir():
        raise CommandError(WRONG_USE, f'"{directory}" is no directory')
    branch = arguments.branch or event.get("CF_BRANCH")
    checkout = read_checkout(directory, branch, event.get("CF_REVISION", "HEAD"))
    for warning in checkout.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    stem = "standard-input" if path == STANDARD_INPUT else Path(path).stem
    name = f"{checkout.variables['CF_REPO_NAME']}/{stem}"
    return Pipeline(
        path=path,
        content=content,
        name=name,
        checkout=checkout,
        variables=read_variables(arguments, {**checkout.variables, **event}, name),
    )


def compile_and_report(
    arguments: argparse.Namespace,
    pipeline: Pipeline,
    registries: Registries | None,
    account: Account | None = None,
) -> Compiled:
    """Return what came of compiling; findings go to standard error."""
    compiled = compile_pipeline(
        pipeline.content,
        path=pipeline.path,
        variables=pipeline.variables.known,
        registries=registries,
        account=account,
    )
    colour = wants_colour(sys.stderr, arguments.color)
    report = render_diagnostics(compiled, colour=colour) + render_hint(compiled.diagnostics)
    print(report, end="", file=sys.stderr)
    return compiled


def _directory_of(path: str) -> Path:
    beside = Path() if path == STANDARD_INPUT else Path(path).parent
    return work_tree_root(beside) or beside
