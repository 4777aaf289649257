"""Runs outlive kills of runner, dockerd and registry: the short form of `make crash`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_KILLS = 10
_LIMIT_S = 240
_PROJECT = Path(__file__).parents[3]


@pytest.mark.timeout(_LIMIT_S + 30)
def test_runs_outlive_kills() -> None:
    # In a process of its own: it has engines of its own, which environment variables name.
    command = [sys.executable, "-m", "tests.crash", "runner", "--kills", str(_KILLS)]

    done = subprocess.run(
        command, cwd=_PROJECT, capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )

    assert done.returncode == 0, done.stderr[-4000:]
    said = re.match(r"(\d+) kills, (\d+) runs ended, (\d+) of them well", done.stdout)
    assert said and int(said[1]) == _KILLS, done.stdout
    assert int(said[2]) >= _KILLS
