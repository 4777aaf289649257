"""Findings as SARIF 2.1.0, which editors and code scanning read.

The standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from compiler.diagnostics import Diagnostic, Severity
from compiler.explanations import read_explanation
from compiler.formats.explanation import render_explanation, render_markdown
from compiler.formats.files import JudgedFile, Unread
from compiler.formats.text import one_line
from compiler.source import Span
from freshet import __version__

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def diagnostics_to_sarif(files: Sequence[JudgedFile]) -> dict[str, Any]:
    """Return a log with one run, whose rules are the codes that were found."""
    found = [
        (each.source.path, diagnostic)
        for each in files
        if not isinstance(each, Unread)
        for diagnostic in each.diagnostics
    ]
    codes = sorted({diagnostic.code for _, diagnostic in found})
    driver = {"name": "Freshet", "version": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(files)],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "where Freshet was started"}}},
        "results": [_result(path, diagnostic, codes) for path, diagnostic in found],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    page = read_explanation(code)
    if page is None:
        return {"id": code}  # of a registry service that is newer than this compiler
    return {
        "id": code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.text.replace("\n", " ")},
        "help": {"text": render_explanation(page), "markdown": render_markdown(page)},
    }


def _invocation(files: Sequence[JudgedFile]) -> dict[str, Any]:
    unread = [each for each in files if isinstance(each, Unread)]
    return {
        "executionSuccessful": not unread,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": each.problem},
                "locations": [{"physicalLocation": {"artifactLocation": _artifact(each.path)}}],
            }
            for each in unread
        ],
    }


def _result(path: str, diagnostic: Diagnostic, codes: Sequence[str]) -> dict[str, Any]:
    help = f"\n{one_line(diagnostic.help)}" if diagnostic.help else ""
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": one_line(diagnostic.message) + help},
        "locations": [{"physicalLocation": _place(path, diagnostic.span)}],
        "relatedLocations": list(_related(path, diagnostic)),
    }


def _related(path: str, diagnostic: Diagnostic) -> Iterator[dict[str, Any]]:
    for number, related in enumerate(diagnostic.related, start=1):
        yield {
            "id": number,
            "message": {"text": one_line(related.message)},
            "physicalLocation": _place(path, related.span),
        }


def _place(path: str, span: Span) -> dict[str, Any]:
    return {
        "artifactLocation": _artifact(path),
        "region": {
            "startLine": span.start.line,
            "startColumn": span.start.column,
            "endLine": span.end.line,
            "endColumn": span.end.column,
        },
    }


def _artifact(path: str) -> dict[str, Any]:
    pure = PurePath(path)
    if pure.is_absolute():
        return {"uri": pure.as_uri()}
    relative = posixpath.normpath(pure.as_posix())
    return {"uri": quote(relative, errors="surrogateescape"), "uriBaseId": _ROOT}
