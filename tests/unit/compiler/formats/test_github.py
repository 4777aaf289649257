"""Findings as workflow commands of GitHub Actions."""

from compiler.diagnostics import Diagnostic, Severity
from compiler.driver import Checked
from compiler.formats.files import Unread
from compiler.formats.github import workflow_commands
from compiler.source import Position, Source, Span

SPAN = Span(Position(3, 1), Position(3, 7))


def commands(
    message: str = "m",
    help: str = "",
    path: str = "a.yml",
    span: Span = SPAN,
    severity: Severity = Severity.ERROR,
) -> str:
    found = Diagnostic(code="FR110", message=message, span=span, help=help, severity=severity)
    return workflow_commands([Checked(source=Source(path, "", b""), diagnostics=(found,))])


def test_a_finding_is_a_note_at_its_place() -> None:
    assert commands() == ("::error file=a.yml,line=3,endLine=3,col=1,endColumn=7,title=FR110::m\n")


def test_severities_are_those_of_github() -> None:
    assert commands(severity=Severity.WARNING).startswith("::warning ")
    assert commands(severity=Severity.NOTE).startswith("::notice ")


def test_what_to_do_stands_on_a_line_of_its_own() -> None:
    assert commands(help="do it").endswith("::m%0Ahelp: do it\n")


def test_a_place_of_several_lines_has_no_columns() -> None:
    long = Span(Position(3, 5), Position(4, 2))

    assert "file=a.yml,line=3,endLine=4,title=" in commands(span=long)


def test_signs_that_mean_something_are_escaped() -> None:
    assert commands(message="100%: a, b").endswith("::100%25: a, b\n")
    assert "file=a%3Ab%2Cc%25%0A%3A%3Aerror.yml," in commands(path="a:b,c%\n::error.yml")


def test_no_text_can_begin_a_command_of_its_own() -> None:
    assert commands(message="a\r\n::error::b").count("\n") == 1


def test_file_that_could_not_be_read_is_an_error() -> None:
    unread = Unread(path="gone.yml", problem="no such file")

    assert workflow_commands([unread]) == "::error file=gone.yml::no such file\n"
