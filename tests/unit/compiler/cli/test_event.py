"""`--event`: what a webhook delivered decides what is compiled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.cli.command import run_command_line

PIPELINE = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: ${{CF_BRANCH}}/${{CF_BUILD_TRIGGER}}/${{CF_PULL_REQUEST_NUMBER}}
"""
CATALOG = "registries: [{name: ghcr, provider: ghcr, default: true}]"
EVENT = {"pull_request": {"number": 7, "head": {"ref": "feature"}}}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "codefresh.yml").write_text(PIPELINE)
    (tmp_path / "event.json").write_text(json.dumps(EVENT))
    (tmp_path / "catalog.yml").write_text(CATALOG)
    return tmp_path


def compiled(directory: Path, *options: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "compiler", "compile", "--catalog", "catalog.yml", *options],
        cwd=directory,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_user_compiles_for_a_pull_request(directory: Path) -> None:
    done = compiled(directory, "--event", "event.json")

    assert (done.returncode, done.stderr) == (0, "")
    assert "ghcr.io/feature/webhook/7" in done.stdout


def test_event_comes_from_standard_input(directory: Path) -> None:
    done = compiled(directory, "--event", "-", given=json.dumps(EVENT))

    assert "ghcr.io/feature/webhook/7" in done.stdout


def plan_of(
    directory: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    files = (str(directory / "codefresh.yml"), "--catalog", str(directory / "catalog.yml"))
    code = run_command_line(["compile", *files, *options])
    told = capsys.readouterr()
    return code, told.out + told.err


@pytest.mark.parametrize(
    ("options", "repository"),
    [
        (("--branch", "main"), "ghcr.io/main/webhook/7"),
        (("--var", "CF_BRANCH=mine"), "ghcr.io/mine/webhook/7"),
        (("--var", "CF_BUILD_TRIGGER=build"), "ghcr.io/feature/build/7"),
    ],
)
def test_options_win_over_the_event(
    directory: Path, options: tuple[str, ...], repository: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = plan_of(directory, ("--event", str(directory / "event.json"), *options), capsys)

    assert code == 0
    assert repository in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "it is none of the known events"),
        ("{", "it is not JSON: line 1, column 2"),
        ('{"pull_request": 1}', '"pull_request" must be an object, not a number'),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_event_that_is_of_no_use_ends_the_command(
    directory: Path, content: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = directory / "other.json"
    if content is not None:
        path.write_text(content)

    code, told = plan_of(directory, ("--event", str(path)), capsys)

    assert code == 2
    assert f'freshet: the event "{path}" cannot be ' in told
    assert said in told


def test_standard_input_is_read_once(capsys: pytest.CaptureFixture[str]) -> None:
    code = run_command_line(["graph", "-", "--event", "-"])

    assert code == 2
    assert "cannot both come from standard input" in capsys.readouterr().err
