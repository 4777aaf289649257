"""`freshet token` and `freshet audit`, as whole processes with a service of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Command:
    """`freshet` with a state directory of its own."""

    state: Path

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos'}",
            "FRESHET_STATE_DIRECTORY": str(self.state),
        }
        return subprocess.run(
            [sys.executable, "-m", "compiler", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def freshet() -> Iterator[Command]:
    with tempfile.TemporaryDirectory(prefix="fr") as short:  # a socket's path must be short
        command = Command(Path(short))
        yield command
        command("down")


def test_token_is_made_listed_and_taken_away_and_all_of_it_is_told(freshet: Command) -> None:
    made = freshet("token", "create", "runner of Ann", "--role", "runner", "--expires", "90d")
    [listed] = json.loads(freshet("token", "list", "--format", "json").stdout)
    shown = freshet("token", "list").stdout
    removed = freshet("token", "remove", listed["name"])
    again = freshet("token", "remove", listed["name"])
    told = json.loads(freshet("audit", "--format", "json").stdout)

    assert made.stdout.startswith("freshet_")
    assert made.stdout.count("\n") == 1
    assert (listed["display_name"], listed["role"]) == ("runner of Ann", "runner")
    assert "expire_time" in listed
    assert "runner of Ann" in shown
    assert made.stdout.strip() not in shown + json.dumps([listed, told])
    assert (removed.returncode, again.returncode) == (0, 1)
    assert [(entry["method"], entry["outcome"]) for entry in told] == [
        ("DeleteAccessToken", "ACCESS_TOKEN_NOT_FOUND"),
        ("DeleteAccessToken", "OK"),
        ("CreateAccessToken", "OK"),
    ]


@pytest.mark.parametrize("time", ["5y", "0d", "-1d", "d", "99999999d"])
def test_time_that_is_none_is_wrong_use(freshet: Command, time: str) -> None:
    ended = freshet("token", "create", "x", "--role", "reader", f"--expires={time}")

    assert ended.returncode == 2
    assert "is no time" in ended.stderr
