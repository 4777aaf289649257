"""`freshet check`, from its words to its exit code."""

import json
from pathlib import Path

import pytest

from compiler.cli.command import run_command_line

VALID = "version: '1.0'\nsteps: {}\n"
WARNED = "version: '1.0'\nsteps: {a: {type: build, image_name: a, timeout: soon}}\n"
INVALID = "version: '1.0'\nsteps: {}\nstagse: []\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with some files."""
    monkeypatch.chdir(tmp_path)
    for name, content in (("valid", VALID), ("warned", WARNED), ("invalid", INVALID)):
        Path(f"{name}.yml").write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "exit_code"),
    [
        (("valid.yml",), 0),
        (("warned.yml",), 0),
        (("valid.yml", "invalid.yml"), 1),
        (("invalid.yml", "gone.yml", "valid.yml"), 2),
        (("--strict", "valid.yml"), 0),
        (("--strict", "warned.yml"), 1),
    ],
)
def test_exit_code_is_that_of_the_worst_file(files: tuple[str, ...], exit_code: int) -> None:
    assert run_command_line(["check", *files]) == exit_code


def test_files_are_checked_though_another_cannot_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_command_line(["check", "gone.yml", "valid.yml"])

    told = capsys.readouterr()
    assert told.out == "valid.yml: valid\n2 files: 1 valid, 1 not read\n"
    assert 'the pipeline file "gone.yml" cannot be read: No such file' in told.err


def test_directory_is_refused_with_a_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ci").mkdir()

    assert run_command_line(["check", "ci"]) == 2
    assert capsys.readouterr().err.startswith(
        'freshet: "ci" is a directory\n  help: name the pipeline files in it'
    )


def test_file_without_a_name_is_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["check"]) == 2
    assert "there is no pipeline file" in capsys.readouterr().err

    Path("codefresh.yaml").write_text(VALID, encoding="utf-8")

    assert run_command_line(["check"]) == 0
    assert capsys.readouterr().out == "codefresh.yaml: valid\n"


def test_strict_makes_errors_of_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    run_command_line(["check", "--strict", "--format", "json", "warned.yml"])

    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert not file["valid"]
    assert [each["severity"] for each in file["diagnostics"]] == ["error"]


def test_json_tells_of_every_file(capsys: pytest.CaptureFixture[str]) -> None:
    run_command_line(["check", "--format", "json", "invalid.yml", "gone.yml"])

    files = json.loads(capsys.readouterr().out)["files"]
    assert [each["path"] for each in files] == ["invalid.yml", "gone.yml"]


def test_sarif_is_one_log(capsys: pytest.CaptureFixture[str]) -> None:
    run_command_line(["check", "--format", "sarif", "invalid.yml", "warned.yml"])

    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert [each["ruleId"] for each in run["results"]] == ["FR110", "FR137"]


def test_github_gets_commands_only(capsys: pytest.CaptureFixture[str]) -> None:
    run_command_line(["check", "--format", "github", "invalid.yml", "valid.yml"])

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::error file=invalid.yml,line=3,")


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_name_of_a_file_may_be_no_text(form: str) -> None:
    name = b"\xff.yml".decode(errors="surrogateescape")
    Path(name).write_text(INVALID, encoding="utf-8")

    assert run_command_line(["check", "--format", form, name]) == 1


def test_colour_is_for_those_who_want_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_command_line(["check", "invalid.yml"])
    assert "\x1b" not in capsys.readouterr().out

    monkeypatch.setenv("NO_COLOR", "1")
    run_command_line(["check", "--color", "always", "invalid.yml"])
    assert "\x1b[31m" in capsys.readouterr().out
