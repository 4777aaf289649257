"""Reads files that describe an account, and tells their mistakes."""

import sys
from pathlib import Path

from compiler.cli.exits import WRONG_USE, CommandError
from compiler.cli.files import STANDARD_INPUT
from compiler.diagnostics import Findings
from compiler.driver import Checked
from compiler.formats.text import render_diagnostics
from compiler.source import Source

_MOST_BYTES = 16 * 1024 * 1024


def read_source(path: str, what: str) -> Source:
    """Return the text of a file, `-` for standard input; `what` says for people which.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        content = _bytes(path)
        return Source(path, content.decode("utf-8-sig"), content)
    except OSError as error:
        message = f'the {what} "{path}" cannot be read: {error.strerror}'
        raise CommandError(WRONG_USE, message) from error
    except UnicodeDecodeError as error:
        raise CommandError(WRONG_USE, f'the {what} "{path}" is not a text file') from error


def refuse_mistakes(source: Source, findings: Findings, what: str, *, secret: bool) -> None:
    """Print the mistakes that were found in a file; `secret` keeps its lines to itself.

    Raises:
        CommandError: there are errors among them.
    """
    if not findings.has_errors:
        return
    if secret:
        # The lines of the file are printed beside the mistakes: these must not be.
        source = Source(source.path, "\n" * source.end.line, b"")
    checked = Checked(source=source, diagnostics=findings.in_order())
    print(render_diagnostics(checked, colour=sys.stderr.isatty()), end="", file=sys.stderr)
    raise CommandError(WRONG_USE, f'the {what} "{source.path}" has mistakes')


def _bytes(path: str) -> bytes:
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read(_MOST_BYTES)
    with Path(path).open("rb") as file:
        return file.read(_MOST_BYTES)
