"""A gRPC client that nobody here wrote speaks to the services, by reflection alone."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import Freshet

BUF = Path(sys.executable).with_name("buf")


def curl(freshet: Freshet, service: str, method: str, request: object) -> list[dict[str, Any]]:
    """Call a method with `buf curl` and return its answers."""
    socket = str(freshet.state / f"{service}.sock")
    transport = ("--protocol", "grpc", "--http2-prior-knowledge", "--unix-socket", socket)
    done = subprocess.run(
        [
            *(str(BUF), "curl", "--reflect", *transport),
            *("--data", json.dumps(request), f"http://localhost/{method}"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    decoder, text, answers = json.JSONDecoder(), done.stdout.strip(), []
    while text:
        answer, end = decoder.raw_decode(text)
        answers.append(answer)
        text = text[end:].lstrip()
    return answers


def test_generic_client_lists_registries(freshet: Freshet) -> None:
    freshet.add_registry("basic", "mine", "--prefix", "team")

    (answer,) = curl(
        freshet, "registry", "freshet.registry.v1.RegistryService/ListRegistries", {"pageSize": 5}
    )

    (registry,) = answer["registries"]
    assert registry["name"] == "registries/mine"
    assert registry["repositoryPrefix"] == "team"
    password = freshet.environment.registries["basic"].accounts[0].password
    assert password not in json.dumps(answer)


def test_generic_client_watches_a_run(freshet: Freshet, repository: MakeRepository) -> None:
    pipeline = (
        "version: '1.0'\nsteps:\n  image: {type: build, image_name: a, tag: x, disable_push: on}\n"
    )
    directory = repository({"codefresh.yml": pipeline, "Dockerfile": "FROM alpine:3.20\n"})
    name = freshet("run", "--detach", directory=directory).stdout.strip()

    answers = curl(freshet, "runner", "freshet.runner.v1.RunnerService/WatchRun", {"name": name})

    text = json.dumps(answers)
    assert "Building a:x" in _output(answers)
    assert "STATE_SUCCEEDED" in text


def _output(answers: list[dict[str, Any]]) -> str:
    events = [event for answer in answers for event in answer.get("events", [])]
    chunks = [event["logChunk"]["data"] for event in events if "logChunk" in event]
    return b"".join(base64.b64decode(chunk) for chunk in chunks).decode()
