"""`freshet run` on a runner that shares no disk with it: files are sent over TCP."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import ROOT, Freshet

PIPELINE = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: app
    tag: sent
    disable_push: true
"""
DOCKERFILE = "FROM alpine:3.20\nCOPY . /src\nRUN ls -A /src && cat /src/word\n"
FILES = {"codefresh.yml": PIPELINE, "Dockerfile": DOCKERFILE, "word": "hello over tcp\n"}


@pytest.fixture
def remote(freshet: Freshet) -> Iterator[Freshet]:
    """`freshet` whose runner listens on TCP and has a state directory elsewhere."""
    assert freshet("up").returncode == 0
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    state = freshet.state / "remote"
    words = ["--listen", address, "--insecure", "--state-directory", str(state)]
    words += ["--registry-service", f"unix:{freshet.state}/registry.sock"]
    command = [sys.executable, "-m", "runner_service", *words]
    runner = subprocess.Popen(
        freshet.environment.command(command, ROOT),
        env=freshet.process_environment,
        stdin=subprocess.DEVNULL,
    )
    try:
        yield replace(freshet, variables={"FRESHET_RUNNER_SERVICE": address})
    finally:
        runner.terminate()
        runner.wait(timeout=30)


def test_files_are_sent_once_and_built_from(remote: Freshet, repository: MakeRepository) -> None:
    directory = repository(FILES)
    (directory / ".gitignore").write_text("ignored\n")
    (directory / "ignored").write_text("x")

    first = remote("run", directory=directory)
    again = remote("run", "--no-cache", directory=directory)

    assert first.returncode == 0, first.stdout + first.stderr
    assert "hello over tcp" in first.stdout
    assert "from /codefresh/volume/app" in first.stdout
    assert "ignored" not in first.stdout.replace(".gitignore", "")
    assert "kB sent" in first.stderr
    assert again.returncode == 0, again.stdout + again.stderr
    assert "the runner had it already" in again.stderr


def test_runner_of_this_machine_takes_an_upload_when_asked(
    freshet: Freshet, repository: MakeRepository
) -> None:
    directory = repository(FILES)
    (directory / "out").symlink_to("/etc/hostname")

    done = freshet("run", "--upload", directory=directory)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "hello over tcp" in done.stdout
    assert "links that lead out of the workspace are not uploaded: out" in done.stderr
