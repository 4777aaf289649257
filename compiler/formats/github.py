"""Findings as workflow commands of GitHub Actions: notes beside the lines of a pull request.

See https://docs.github.com/actions/reference/workflow-commands-for-github-actions. Values are
escaped as the toolkit of Actions does it (`packages/core/src/command.ts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from compiler.diagnostics import Diagnostic, Severity
from compiler.formats.files import JudgedFile, Unread
from compiler.formats.text import one_line

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {**_IN_MESSAGES, ":": "%3A", ",": "%2C"}


def workflow_commands(files: Sequence[JudgedFile]) -> str:
    """Return one line for each finding; nothing when there are none."""
    return "".join(f"{command}\n" for judged in files for command in _commands(judged))


def _commands(judged: JudgedFile) -> Iterator[str]:
    if isinstance(judged, Unread):
        yield _command("error", {"file": judged.path}, judged.problem)
        return
    for each in judged.diagnostics:
        message = one_line(each.message)
        if each.help:
            message += f"\nhelp: {one_line(each.help)}"
        yield _command(_LEVELS[each.severity], _place(judged.source.path, each), message)


def _place(path: str, diagnostic: Diagnostic) -> dict[str, str]:
    start, end = diagnostic.span.start, diagnostic.span.end
    place = {"file": path, "line": str(start.line), "endLine": str(end.line)}
    if start.line == end.line:  # GitHub refuses columns of notes that span lines
        place |= {"col": str(start.column), "endColumn": str(end.column)}
    return {**place, "title": diagnostic.code}


def _command(level: str, properties: Mapping[str, str], message: str) -> str:
    written = ",".join(
        f"{name}={_escaped(value, _IN_PROPERTIES)}" for name, value in properties.items()
    )
    return f"::{level} {written}::{_escaped(message, _IN_MESSAGES)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
