"""Starts of both services that fail: the exit code and one line that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner_service.identity import claimed_identity

_REGISTRY, _RUNNER = "registry", "runner"
_BOTH = pytest.mark.parametrize("name", [_REGISTRY, _RUNNER])


def start(
    name: str, folder: Path, *options: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"{name}_service", "--listen", f"unix:{folder}/s"]
    if name == _RUNNER:
        command += ["--registry-service", f"unix:{folder}/r"]
    return subprocess.run(
        [*command, "--state-directory", str(folder), *options],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@_BOTH
def test_password_on_the_command_line_is_refused(name: str, tmp_path: Path) -> None:
    done = start(name, tmp_path, "--database", "postgresql://ann:hunter2@127.0.0.1:1/freshet")

    assert done.returncode == 2
    assert f"use FRESHET_{name.upper()}_DATABASE or a file" in done.stderr
    assert "hunter2" not in done.stderr


@_BOTH
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ann:hunter2@127.0.0.1:1/freshet", "look whether it runs"),
        ("sqlite:////proc/service.db", "give the service the right to write"),
        ("hunter2", "expected one like `postgresql://user@host/name`"),
    ],
)
def test_database_that_cannot_be_opened_is_told(
    name: str, tmp_path: Path, url: str, said: str
) -> None:
    done = start(name, tmp_path, **{f"FRESHET_{name.upper()}_DATABASE": url})

    assert done.returncode == 1
    assert said in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_damaged_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_text("no database " * 200)

    done = start(_REGISTRY, tmp_path)

    assert done.returncode == 1
    assert "put a backup in its place" in done.stderr


def test_state_directory_of_another_runner_is_refused(tmp_path: Path) -> None:
    with claimed_identity(tmp_path):
        done = start(_RUNNER, tmp_path)

    assert done.returncode == 1
    assert "another runner uses the state directory" in done.stderr
