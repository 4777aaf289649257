"""Dockerfiles get all that they copy, and nothing else is sent for them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runner_service.daemon import BuildRequest, OutputStream
from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.docker_daemon import DockerDaemon
from tests.engine import Environment

FILES = ("app/main.py", "app/lib/a.py", "docs/a.md", "docs/deep/b.md", "one.txt", "two.txt")
LINKS = {"direct": "app/lib", "docs/up": "../one.txt", "ä b": "two.txt"}
COPIES = {
    "COPY one.txt /out/": {"one.txt"},
    "COPY *.txt docs/a.md /out/": {"a.md", "one.txt", "two.txt"},
    "COPY app /out/": {"lib/a.py", "main.py"},
    "COPY app/l*/ /out/": {"a.py"},
    "COPY direct/a.py /out/": {"a.py"},
    "COPY direct /out/": {"a.py"},
    "COPY docs/up /out/": {"up"},
    'COPY ["ä b", "/out/"]': {"ä b"},
    "ADD docs /out/": {"a.md", "deep/b.md", "up"},
    "COPY ./../app/main.py /out/": {"main.py"},
    "RUN --mount=type=bind,source=docs,target=/in mkdir /out && cp -r /in/deep /out": {"deep/b.md"},
    "COPY . /out/": {*FILES, *LINKS, "Dockerfile"},
}


@pytest.fixture
async def daemon(engine: Environment) -> AsyncIterator[DockerDaemon]:
    daemon = DockerDaemon(engine.docker_host)
    yield daemon
    await daemon.close()


@pytest.mark.parametrize("copy", COPIES)
async def test_what_is_copied_is_there(
    daemon: DockerDaemon, engine: Environment, tmp_path: Path, copy: str
) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(uuid.uuid4().hex)
    for name, target in LINKS.items():
        (tmp_path / name).symlink_to(target)
    listing = 'RUN cd /out && for f in $(find . ! -type d | tr " " "?"); do echo "has $f"; done'
    (tmp_path / "Dockerfile").write_text(f"FROM {engine.base_image}\n{copy}\n{listing}\n")
    heard: list[bytes] = []

    def hear(stream: OutputStream, data: bytes) -> None:
        heard.append(data)

    await daemon.build(BuildRequest(context_directory=tmp_path), hear)

    lines = b"".join(heard).decode().splitlines()
    found = {line.partition(" has ./")[2] for line in lines if " has ./" in line}
    assert found == COPIES[copy]


async def test_what_is_not_copied_is_not_read(
    daemon: DockerDaemon, engine: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wanted").write_text(uuid.uuid4().hex)
    (tmp_path / "unwanted").write_text(uuid.uuid4().hex)
    (tmp_path / "Dockerfile").write_text(f"FROM {engine.base_image}\nCOPY wanted /\n")
    read: set[str] = set()
    pieces = ContextDirectory.pieces

    def noted(context: ContextDirectory, path: str) -> Iterator[bytes]:
        read.add(path)
        return pieces(context, path)

    monkeypatch.setattr(ContextDirectory, "pieces", noted)

    await daemon.build(BuildRequest(context_directory=tmp_path), lambda stream, data: None)

    assert read == {"Dockerfile", "wanted"}
