"""The words of the command line."""

import subprocess
import sys

import pytest

from compiler.cli.command import run_command_line
from freshet import __version__

COMMANDS = (
    "check", "explain", "compile", "graph", "run", "runs", "watch", "cancel", "registry", "token",
    "audit", "up", "down", "status", "completion", "schema", "lsp",
)  # fmt: skip


def ended(*words: str) -> int | str | None:
    with pytest.raises(SystemExit) as end:
        run_command_line(words)
    return end.value.code


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--help") == 0

    text = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in text] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(name, "--help") == 0

    text = capsys.readouterr().out
    assert f"\nexamples:\n  freshet {name}" in text


@pytest.mark.parametrize(
    "action",
    [
        "add",
        "update",
        "list",
        "show",
        "remove",
        "set-default",
        "set-cache",
        "test",
        "import",
        "export",
        "apply",
    ],
)
def test_every_action_has_help_with_examples(
    action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended("registry", action, "--help") == 0

    assert f"freshet registry {action}" in capsys.readouterr().out.partition("examples:")[2]


@pytest.mark.parametrize("action", ["create", "list", "remove"])
def test_every_action_of_tokens_has_help_with_examples(
    action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended("token", action, "--help") == 0

    assert f"freshet token {action}" in capsys.readouterr().out.partition("examples:")[2]


@pytest.mark.parametrize(
    "action", ["list", "show", "watch", "cancel", "logs", "delete", "provenance"]
)
def test_every_action_of_runs_has_help_with_examples_and_exit_codes(
    action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended("runs", action, "--help") == 0

    text = capsys.readouterr().out
    assert f"freshet runs {action}" in text.partition("examples:")[2]
    assert "exit codes:" in text


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--version") == 0
    assert capsys.readouterr().out == f"freshet {__version__}\n"


@pytest.mark.parametrize("words", [(), ("--nonsense",), ("check", "--nonsense"), ("registry",)])
def test_wrong_use_ends_with_two(words: tuple[str, ...]) -> None:
    assert ended(*words) == 2


def test_command_that_is_nearly_right_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("chekc") == 2
    assert 'there is no command "chekc"; did you mean "check"?' in capsys.readouterr().err


def test_check_imports_only_what_it_needs() -> None:
    script = (
        "import sys\n"
        "from compiler.cli.command import run_command_line\n"
        "run_command_line(['check', '-'])\n"
        "print(*sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        input="version: '1.0'\nsteps: {}\n",
        capture_output=True,
        text=True,
        check=True,
    )

    first, modules = done.stdout.splitlines()
    assert first == "-: valid"
    heavy = {"difflib", "google.protobuf", "grpc", "json", "lark", "shutil"}
    assert heavy.isdisjoint(modules.split())
