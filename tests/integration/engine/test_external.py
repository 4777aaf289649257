"""An environment around a daemon that the user already has.

The daemon is that of a private environment, and the kit runs inside its network, as it would on
the machine of a user.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Environment
from tests.engine.folder import FOLDER_VARIABLE
from tests.engine.lifecycle import EXTERNAL_VARIABLE


class Machine:
    """A user's machine with a daemon on it."""

    def __init__(self, engine: Environment, folder: Path) -> None:
        self._engine = engine
        self._variables = {FOLDER_VARIABLE: str(folder), EXTERNAL_VARIABLE: engine.docker_host}

    def kit(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m tests.engine` there."""
        command = [sys.executable, "-m", "tests.engine", *arguments]
        return subprocess.run(
            self._engine.command(command),
            env=os.environ | self._variables | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """Return what the kit says of itself."""
        found: dict[str, Any] = json.loads(self.kit("status", "--json").stdout)
        return found


@pytest.fixture
def machine(engine_26: Environment) -> Iterator[Machine]:
    """Give a machine whose daemon is the engine, with the kit fetched already."""
    folder = Path(tempfile.mkdtemp(prefix="fk-", dir="/var/tmp"))
    kit = Path(engine_26.description.kit)
    (folder / kit.name).symlink_to(kit)
    machine = Machine(engine_26, folder)
    yield machine
    assert machine.kit("down").returncode == 0
    shutil.rmtree(folder)


def test_users_daemon_gets_registries_on_free_ports(
    machine: Machine, engine_26: Environment, tmp_path: Path
) -> None:
    started = machine.kit("up")

    found = machine.status()["external"]

    assert started.returncode == 0, started.stderr
    assert found["docker_host"] == engine_26.docker_host
    assert set(found["registries"]) == {"open", "fault", "basic", "token"}
    basic = found["registries"]["basic"]
    (username, password), *_ = basic["accounts"].items()
    login = ("login", "--username", username, "--password-stdin", basic["domain"])
    done = engine_26.docker(*login, typed=password, settings=tmp_path)
    assert done.returncode == 0, done.stderr
    public = f"{found['registries']['token']['domain']}/public/alpine:3.20"
    assert engine_26.docker("pull", public).returncode == 0


def test_stopping_leaves_the_users_daemon_alone(machine: Machine, engine_26: Environment) -> None:
    machine.kit("up")

    stopped = machine.kit("down")

    assert stopped.returncode == 0, stopped.stderr
    assert machine.status() == {"external": None}
    assert engine_26.docker("info").returncode == 0


def test_daemon_that_does_not_answer_is_named(machine: Machine) -> None:
    nowhere = "unix:///nowhere/docker.sock"

    started = machine.kit("up", **{EXTERNAL_VARIABLE: nowhere})

    assert started.returncode == 1
    assert nowhere in started.stderr
    assert "Traceback" not in started.stderr
