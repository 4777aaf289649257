"""How many findings are collected, and in what order they come."""

import pytest

from compiler import check_pipeline
from compiler.diagnostics import MAX_ERRORS, Diagnostic, Findings, Severity, TooManyErrors
from compiler.source import Position, Span


def finding(line: int, severity: Severity = Severity.ERROR) -> Diagnostic:
    place = Position(line, 1)
    return Diagnostic(code="FR110", message="", span=Span(place, place), severity=severity)


def test_findings_come_in_the_order_of_their_places() -> None:
    findings = Findings()
    for line in (3, 1, 2):
        findings.add(finding(line))

    assert [each.span.start.line for each in findings.in_order()] == [1, 2, 3]


def test_the_last_error_that_there_is_room_for_is_kept() -> None:
    findings = Findings()
    for line in range(1, MAX_ERRORS):
        findings.add(finding(line))

    with pytest.raises(TooManyErrors):
        findings.add(finding(MAX_ERRORS))

    assert len(findings.in_order()) == MAX_ERRORS


def test_warnings_are_no_errors_however_many() -> None:
    findings = Findings()
    for line in range(1, 2 * MAX_ERRORS):
        findings.add(finding(line, Severity.WARNING))

    assert not findings.has_errors


def test_a_file_of_mistakes_is_said_to_have_more_of_them() -> None:
    content = "version: '1.0'\nsteps: {}\n" + "".join(f"x{n}: 1\n" for n in range(MAX_ERRORS + 9))

    checked = check_pipeline(content.encode())

    assert not checked.valid
    assert len(checked.diagnostics) == MAX_ERRORS + 1
    assert checked.diagnostics[-1].code == "FR106"


def test_a_mistake_that_a_matrix_copies_is_told_once() -> None:
    content = """
version: '1.0'
steps:
  run: {image: alpine, comands: [ls], title: 3, matrix: {shell: [sh, bash, zsh]}}
"""

    codes = [each.code for each in check_pipeline(content.encode()).diagnostics]

    assert sorted(code for code in codes if code != "FR119") == ["FR112", "FR113", "FR142"]


def test_two_mistakes_at_one_place_are_both_told() -> None:
    content = b"version: '1.0'\nsteps:\n  tag: {type: push-tag}\n"

    messages = [each.message for each in check_pipeline(content).diagnostics]

    assert messages == [
        '"image_name" is required in step "tag"',
        '"tags" is required in step "tag"',
    ]


def test_no_message_repeats_what_may_be_a_password() -> None:
    content = b"""
version: '1.0'
steps:
  clone: {type: git-clone, repo: a/b, credentials: {username: me, password: 271828}}
  push: {type: push, candidate: app, credentials: me:314159}
"""

    told = repr(check_pipeline(content).diagnostics)

    assert "must be a string, but is a number" in told
    assert "271828" not in told
    assert "314159" not in told
