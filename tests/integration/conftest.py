"""What integration tests are given."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.engine import Environment
from tests.engine.registries import BASIC
from tests.integration.freshet_cli import Freshet

MakeRepository = Callable[..., Path]


@pytest.fixture
def freshet(engine_26: Environment) -> Iterator[Freshet]:
    """`freshet` against Docker 26.1, with nothing configured; its services end with the test."""
    # Sockets have short paths; those of pytest are long.
    state = Path(tempfile.mkdtemp(prefix="freshet-"))
    command = Freshet(environment=engine_26, state=state)
    yield command
    stopped = command("down")
    shutil.rmtree(state)
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture
def repository(tmp_path: Path) -> MakeRepository:
    """Make Git repositories on branch `main`, of the files given as name and text."""

    def make(files: Mapping[str, str], name: str = "app") -> Path:
        directory = tmp_path / name
        for path, text in files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
        identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.test"]
        for arguments in (
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "--all"],
            [*identity, "commit", "--quiet", "--message", "begin"],
        ):
            subprocess.run(["git", "-C", str(directory), *arguments], check=True)
        return directory

    return make


@pytest.fixture
def on_each(engine: Environment) -> Iterator[Freshet]:
    """Give `freshet` with one registry, on each engine."""
    state = Path(tempfile.mkdtemp(prefix="freshet-"))
    command = Freshet(environment=engine, state=state)
    command.add_registry(BASIC, "mine")
    yield command
    stopped = command("down")
    shutil.rmtree(state)
    assert stopped.returncode == 0, stopped.stderr
