"""`freshet check`: finds mistakes in pipeline files.

Imports neither gRPC nor protobuf, unless it shall ask about registries.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from compiler.cli.exits import FINDINGS, FINE, WRONG_USE, CommandError
from compiler.cli.files import default_path, read_file
from compiler.cli.known import known_names
from compiler.cli.terminal import wants_colour
from compiler.diagnostics import Diagnostic, Severity
from compiler.driver import Checked, check_pipeline
from compiler.formats.files import JudgedFile, Unread

if TYPE_CHECKING:
    from compiler.account import Account
    from compiler.registries import Registries


def run(arguments: argparse.Namespace) -> int:
    """Check all files; without a catalog and unless asked to, every name is accepted."""
    registries, account = known_names(arguments, ask=arguments.ask_registries)
    paths = arguments.files or [default_path(os.curdir)]
    files = [_judge(path, registries, account, strict=arguments.strict) for path in paths]
    print(_rendered(files, arguments), end="")
    if any(isinstance(each, Unread) for each in files):
        return WRONG_USE
    return FINE if all(isinstance(each, Checked) and each.valid for each in files) else FINDINGS


def _judge(
    path: str, registries: Registries | None, account: Account | None, *, strict: bool
) -> JudgedFile:
    try:
        content = read_file(path)
    except CommandError as error:
        error.print()
        return Unread(path=path, problem=str(error))
    checked = check_pipeline(content, path=path, registries=registries, account=account)
    return _without_warnings(checked) if strict else checked


def _without_warnings(checked: Checked) -> Checked:
    """Return the same findings with warnings as errors."""
    return Checked(
        source=checked.source,
        diagnostics=tuple(
            _as_error(each) if each.severity is Severity.WARNING else each
            for each in checked.diagnostics
        ),
    )


def _as_error(warning: Diagnostic) -> Diagnostic:
    return Diagnostic(
        code=warning.code,
        message=warning.message,
        span=warning.span,
        severity=Severity.ERROR,
        help=warning.help,
        related=warning.related,
        facts=warning.facts,
    )


def _rendered(files: Sequence[JudgedFile], arguments: argparse.Namespace) -> str:
    match arguments.format:
        case "json":
            from compiler.formats.json import diagnostics_to_json

            return _json(diagnostics_to_json(files))
        case "sarif":
            from compiler.formats.sarif import diagnostics_to_sarif

            return _json(diagnostics_to_sarif(files))
        case "github":
            from compiler.formats.github import workflow_commands

            return workflow_commands(files)
    from compiler.formats.text import render_report

    return render_report(files, colour=wants_colour(sys.stdout, arguments.color))


def _json(value: object) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
