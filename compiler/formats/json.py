"""Findings as JSON, in a form of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compiler.diagnostics import Diagnostic
from compiler.formats.files import JudgedFile, Unread
from compiler.source import Span


def diagnostics_to_json(files: Sequence[JudgedFile]) -> dict[str, Any]:
    """Return findings for programs; a file that could not be read has an `error`."""
    return {"files": [_file(each) for each in files]}


def _file(judged: JudgedFile) -> dict[str, Any]:
    if isinstance(judged, Unread):
        return {"path": judged.path, "valid": False, "diagnostics": [], "error": judged.problem}
    return {
        "path": judged.source.path,
        "valid": judged.valid,
        "diagnostics": [_diagnostic(each) for each in judged.diagnostics],
    }


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "span": _span(diagnostic.span),
        "related": [
            {"message": related.message, "span": _span(related.span)}
            for related in diagnostic.related
        ],
        "facts": dict(diagnostic.facts),
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "start": {"line": span.start.line, "column": span.start.column},
        "end": {"line": span.end.line, "column": span.end.column},
    }
