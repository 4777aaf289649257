"""After a kill at any moment the store holds what it acknowledged, and nothing by halves."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_LIMIT_S = 100
_PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize(("store", "kills"), [("sqlite", 200), ("postgresql", 40), ("server", 12)])
def test_acknowledged_writes_outlive_kills(store: str, kills: int) -> None:
    # Writers are forked, which a process with threads, as this one, must not do.
    command = [sys.executable, "-m", "tests.crash", store, "--kills", str(kills)]

    done = subprocess.run(
        command, cwd=_PROJECT, capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )

    assert done.returncode == 0, done.stderr
    said = re.match(r"(\d+) kills, (\d+) acknowledged writes, 0 lost", done.stdout)
    assert said and int(said[1]) == kills
    assert int(said[2]) > kills // 4  # the writers did write, also where little of them was run
