"""Starts that fail: the exit code and one line that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner_service.identity import claimed_identity


def start(folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runner_service", "--listen", f"unix:{folder}/s"]
    command += ["--registry-service", f"unix:{folder}/r"]
    return subprocess.run(
        [*command, "--state-directory", str(folder), *options],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_password_on_the_command_line_is_refused(tmp_path: Path) -> None:
    done = start(tmp_path, "--database", "postgresql://ann:hunter2@127.0.0.1:1/freshet")

    assert done.returncode == 2
    assert "use FRESHET_RUNNER_DATABASE or a file" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ann:hunter2@127.0.0.1:1/freshet", "look whether it runs"),
        ("hunter2", "expected one like `postgresql://user@host/name`"),
    ],
)
def test_database_that_cannot_be_opened_is_told(tmp_path: Path, url: str, said: str) -> None:
    done = start(tmp_path, FRESHET_RUNNER_DATABASE=url)

    assert done.returncode == 1
    assert said in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_state_directory_of_another_runner_is_refused(tmp_path: Path) -> None:
    with claimed_identity(tmp_path):
        done = start(tmp_path)

    assert done.returncode == 1
    assert "another runner uses the state directory" in done.stderr
