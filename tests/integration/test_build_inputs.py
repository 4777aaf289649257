"""Secrets and ssh agents of `codefresh.yml`: a build has them, and nothing else ever does."""

import base64
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import Freshet
from tests.ssh import IN_CONTAINER, KeyPair, key_pair, put_ssh_add

PIPELINE = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: inputs
    tag: {tag}
    disable_push: true
    no_cache: true
    secrets: ['id=token,src=private/token']
    ssh: {ssh}
"""
IGNORED = "private\n.git\n"


def _dockerfile(*runs: str) -> str:
    return "\n".join(
        [
            "FROM alpine:3.20",
            "COPY . /src",
            "RUN ln -s /src/ssh /ssh",
            *(f"RUN {run}" for run in runs),
            "",
        ]
    )


def _prepared(
    repository: MakeRepository, ssh: str, tag: str, token: str, *runs: str, key: bytes = b""
) -> Path:
    directory = repository(
        {
            "codefresh.yml": PIPELINE.format(ssh=ssh, tag=tag),
            "Dockerfile": _dockerfile(*runs),
            ".dockerignore": IGNORED,
            "private/token": token,
            "private/id": key.decode(),
        }
    )
    put_ssh_add(directory / "ssh")
    return directory


@contextmanager
def _running_agent(pair: KeyPair, key: Path) -> Iterator[Path]:
    """Run OpenSSH's own agent with one key; give its socket."""
    key.touch(mode=0o600)
    key.write_bytes(pair.private)
    with tempfile.TemporaryDirectory(prefix="freshet-") as folder:
        socket = Path(folder) / "agent.sock"
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
        try:
            assert agent.stdout is not None
            agent.stdout.readline()  # it listens now
            environment = {"SSH_AUTH_SOCK": str(socket), "PATH": "/usr/bin:/bin"}
            subprocess.run(["ssh-add", "-q", key], env=environment, check=True)
            yield socket
        finally:
            agent.terminate()
            agent.wait(10)
            assert agent.stdout is not None
            agent.stdout.close()


def _everything_of(freshet: Freshet, image: str, archive: Path) -> bytes:
    """Return the image with all its layers, and all that the services wrote."""
    saved = freshet.environment.docker("save", "--output", str(archive), image)
    assert saved.returncode == 0, saved.stderr
    files = [path for path in freshet.state.rglob("*") if path.is_file()]
    assert any(path.name == "runner.db" for path in files)
    # Layers are plain tars inside of a tar, so that the bytes of files stand in it as they are.
    return archive.read_bytes() + b"".join(path.read_bytes() for path in files)


def _output(events: list[dict[str, Any]]) -> str:
    chunks = [line["event"].get("log_chunk") for line in events if "event" in line]
    return b"".join(base64.b64decode(chunk["data"]) for chunk in chunks if chunk).decode()


def test_secret_and_key_of_a_build_are_nowhere_afterwards(
    freshet: Freshet, repository: MakeRepository, tmp_path: Path
) -> None:
    pair, token, tag = key_pair(), f"token-{uuid.uuid4().hex}", f"tag-{uuid.uuid4().hex[:8]}"
    directory = _prepared(
        repository, "['github=private/id']", tag, token,
        "--mount=type=secret,id=token cat /run/secrets/token",
        f"--mount=type=ssh,id=github {IN_CONTAINER} -L",
        "test ! -e /run/secrets/token && test ! -e /src/private && echo all of it is gone",
        key=pair.private,
    )  # fmt: skip

    events = freshet.run_events(directory)

    assert events[-1]["run"]["state"] == "STATE_SUCCEEDED"
    shown = repr(events) + _output(events)
    assert pair.public in shown, "the agent has the key"
    assert "all of it is gone" in shown
    kept = _everything_of(freshet, f"inputs:{tag}", tmp_path / "image.tar") + shown.encode()
    assert pair.public.encode() in kept
    secrets = [token, *pair.private.decode().splitlines()[1:-1]]
    assert not [secret for secret in secrets if secret.encode() in kept]


def test_default_agent_is_the_one_that_the_runner_was_started_with(
    freshet: Freshet, repository: MakeRepository, tmp_path: Path
) -> None:
    pair, tag = key_pair(), f"tag-{uuid.uuid4().hex[:8]}"
    directory = _prepared(
        repository, "default", tag, "token", f"--mount=type=ssh {IN_CONTAINER} -L"
    )

    with _running_agent(pair, tmp_path / "id") as socket:
        given = replace(freshet, variables={"SSH_AUTH_SOCK": str(socket)})
        done = given("run", directory=directory)

    assert done.returncode == 0, done.stdout + done.stderr
    assert pair.public in done.stdout


def test_agent_that_is_not_there_fails_the_step_before_it_builds(
    freshet: Freshet, repository: MakeRepository, tmp_path: Path
) -> None:
    directory = _prepared(repository, "default", "x", "token", "exit 9")
    gone = replace(freshet, variables={"SSH_AUTH_SOCK": str(tmp_path / "gone.sock")})

    done = gone("run", directory=directory)

    assert done.returncode == 4
    assert 'ssh "default" wants, cannot be reached' in done.stdout
    assert "--ssh-agent" in done.stdout
    assert "exit 9" not in done.stdout


def test_key_with_a_passphrase_is_refused_without_its_text(
    freshet: Freshet, repository: MakeRepository
) -> None:
    text = b"-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n"
    directory = _prepared(repository, "{github: ./private/id}", "x", "token", key=text)

    done = freshet("run", directory=directory)

    assert done.returncode == 4
    assert '"./private/id" of ssh "github" cannot be used' in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
