"""Findings for people."""

from collections.abc import Sequence

import pytest

from compiler import check_pipeline
from compiler.driver import Checked
from compiler.formats.files import JudgedFile, Unread
from compiler.formats.text import render_diagnostics, render_report

VALID = b"version: '1.0'\nsteps: {}\n"
INVALID = b"version: '1.0'\nsteps: {}\nstagse: []\nfail_fsat: true\n"
WARNED = b"version: '1.0'\nsteps: {a: {type: build, image_name: a, timeout: soon}}\n"
UNREAD = Unread(path="gone.yml", problem="no such file")


def checked(content: bytes, path: str = "a.yml") -> Checked:
    return check_pipeline(content, path=path)


def last_lines(files: Sequence[JudgedFile], count: int) -> list[str]:
    return render_report(files).splitlines()[-count:]


def test_one_valid_file_gives_one_line() -> None:
    assert render_report([checked(VALID)]) == "a.yml: valid\n"


def test_report_of_one_file_ends_with_where_more_stands() -> None:
    assert last_lines([checked(INVALID)], 2) == [
        "a.yml: not valid",
        "`freshet explain FR110` tells more",
    ]


def test_warnings_alone_send_nobody_elsewhere() -> None:
    assert last_lines([checked(WARNED)], 1) == ["a.yml: valid"]


@pytest.mark.parametrize(
    ("files", "summary"),
    [
        ([checked(VALID), checked(VALID)], "2 files: 2 valid"),
        ([checked(VALID), checked(WARNED)], "2 files: 2 valid (1 warning)"),
        ([checked(VALID), UNREAD], "2 files: 1 valid, 1 not read"),
    ],
)
def test_several_files_are_counted(files: Sequence[JudgedFile], summary: str) -> None:
    assert last_lines(files, 1) == [summary]


def test_findings_of_several_files_are_counted_by_severity() -> None:
    files = [checked(INVALID), checked(VALID), checked(WARNED)]

    assert last_lines(files, 2)[0] == "3 files: 2 valid, 1 not valid (2 errors, 1 warning)"


def test_colour_is_used_when_asked_for() -> None:
    assert "\x1b[31merror[FR110]\x1b[0m" in render_diagnostics(checked(INVALID), colour=True)
    assert "\x1b" not in render_diagnostics(checked(INVALID))


def test_name_of_a_file_cannot_move_the_cursor() -> None:
    report = render_report([checked(INVALID, path="a\x1b[2J\n.yml")])

    assert "\x1b" not in report
    assert report.splitlines()[-2] == "a\\x1b[2J\\n.yml: not valid"
