"""What `.dockerignore` leaves, by us and by the command line of Docker on a real engine."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.ignore import parse
from tests.engine import Environment
from tests.integration.runner_service.daemon.dockerignore import FILES, SENSELESS, TEXTS


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("context")
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    return root


def _docker_build(
    environment: Environment, context: Path, result: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        environment.command(["docker", "build", "--output", str(result), str(context)]),
        env={**os.environ, **environment.docker_cli_environment, "DOCKER_BUILDKIT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_docker_leaves_the_same(
    engine_26: Environment, context: Path, tmp_path: Path, text: str
) -> None:
    (context / ".dockerignore").write_text(text, newline="")
    result = tmp_path / "result"

    left = {entry.path for entry in ContextDirectory(context).entries(parse(text))}

    done = _docker_build(engine_26, context, result)
    assert done.returncode == 0, done.stderr
    assert left == {path.relative_to(result).as_posix() for path in result.rglob("*")}


@pytest.mark.parametrize("text", SENSELESS)
def test_docker_refuses_the_same(
    engine_26: Environment, context: Path, tmp_path: Path, text: str
) -> None:
    (context / ".dockerignore").write_text(text)

    with pytest.raises(ValueError, match="has no meaning"):
        parse(text)

    done = _docker_build(engine_26, context, tmp_path / "result")
    assert done.returncode != 0
    # Its command line tells whichever it heard of first: the mistake, or that the upload ended.
    assert re.search("excludepatterns|context canceled", done.stderr)
