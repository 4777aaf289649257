"""The demo, on a daemon that a user already has, twice."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine import EXTERNAL, Environment
from tests.engine.folder import FOLDER_VARIABLE
from tests.engine.lifecycle import EXTERNAL_VARIABLE

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(engine_26: Environment) -> Iterator[Run]:
    """Run a module of ours on a machine whose daemon is the engine."""
    folder = Path(tempfile.mkdtemp(prefix="fd-", dir="/var/tmp"))
    if kit := engine_26.description.kit:
        (folder / Path(kit).name).symlink_to(kit)
    variables = {FOLDER_VARIABLE: str(folder), EXTERNAL_VARIABLE: engine_26.docker_host}

    def run_module(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            engine_26.command([sys.executable, "-m", *arguments]),
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    yield run_module
    assert run_module("tests.engine", "down", EXTERNAL).returncode == 0
    shutil.rmtree(folder)


def test_demo_builds_pushes_and_finds_every_digest_twice(run: Run) -> None:
    first, second = run("examples.demo"), run("examples.demo")

    for done in (first, second):
        assert done.returncode == 0, done.stdout + done.stderr
        pushed = re.findall(r"^  \S+:\S+  sha256:[0-9a-f]{64}$", done.stdout, re.MULTILINE)
        assert len(pushed) == done.stdout.count(": the same digest") == 6
        assert "built 4 images and pushed 6 tags" in done.stdout
    assert "registry add" in first.stdout
    assert "registry add" not in second.stdout.replace("freshet registry add --help", "")
