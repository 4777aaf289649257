"""`freshet completion`."""

import subprocess

import pytest

from compiler.cli.command import run_command_line


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_knows_commands_and_options(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["completion", shell]) == 0

    script = capsys.readouterr().out
    for word in ("explain", "set-default", "sarif", "strict"):
        assert word in script


def test_bash_can_complete_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    run_command_line(["completion", "bash"])
    script = capsys.readouterr().out
    asked = "COMP_WORDS=(freshet expl)\nCOMP_CWORD=1\n_shtab_freshet\necho ${COMPREPLY[@]}\n"

    done = subprocess.run(
        ["bash", "--norc"], input=script + asked, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["explain"]
