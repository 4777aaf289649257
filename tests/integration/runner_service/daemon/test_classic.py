"""The classic builder of each engine, through a relay that says BuildKit is turned off."""

import asyncio
import json
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from runner_service.daemon import (
    BuilderKind,
    BuildEvent,
    BuildFailed,
    BuildRequest,
    BuildUnsupported,
    CacheEntry,
    CacheUse,
    Credentials,
    DockerfileNotFound,
    InlineDockerfile,
    OutputStream,
    RegistryUse,
    VertexProgress,
)
from runner_service.daemon.docker_daemon import DockerDaemon
from runner_service.ssh_agents import KeyAgent
from tests.engine import Environment
from tests.ssh import key_pair


class _Heard:
    """An output sink that remembers."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, stream: OutputStream, data: bytes) -> None:
        self.text += data.decode()


@asynccontextmanager
async def _without_buildkit(environment: Environment, folder: Path) -> AsyncIterator[str]:
    """Let an engine be reached that says what one with `features.buildkit: false` says."""
    behind = environment.docker_host.removeprefix("unix://")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        from_daemon, to_daemon = await asyncio.open_unix_connection(behind)
        await asyncio.gather(_carry(reader, to_daemon), _carry(from_daemon, writer, told=True))

    socket = folder / "d.sock"
    server = await asyncio.start_unix_server(serve, socket)
    try:
        yield f"unix://{socket}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, told: bool = False
) -> None:
    try:
        while data := await reader.read(65536):
            if told and b"\r\nApi-Version: " in data:
                # 20.10 tells nothing unless it was told something.
                head = data.replace(b"Builder-Version: 2\r\n", b"")
                data = head.replace(b"\r\nApi-V", b"\r\nBuilder-Version: 1\r\nApi-V", 1)
            writer.write(data)
            await writer.drain()
    finally:
        writer.transport.abort()


@pytest.fixture
async def daemon(engine: Environment) -> AsyncIterator[DockerDaemon]:
    # Sockets have short paths; those of pytest are long.
    with tempfile.TemporaryDirectory(prefix="freshet-") as folder:
        async with _without_buildkit(engine, Path(folder)) as docker_host:
            daemon = DockerDaemon(docker_host)
            yield daemon
            await daemon.close()


def _containers(engine: Environment) -> set[str]:
    return set(engine.docker("ps", "--all", "--quiet").stdout.split())


def _request(directory: Path, *lines: str) -> BuildRequest:
    directory.joinpath("Dockerfile").write_text("\n".join(["FROM alpine:3.20", *lines, ""]))
    return BuildRequest(context_directory=directory)


async def test_builder_is_known(daemon: DockerDaemon) -> None:
    assert (await daemon.describe()).builder is BuilderKind.CLASSIC


async def test_context_arguments_labels_and_tags_arrive(
    engine: Environment, daemon: DockerDaemon, tmp_path: Path
) -> None:
    unique, heard = uuid.uuid4().hex[:12], _Heard()
    tmp_path.joinpath("program").write_text(f"#!/bin/sh\necho it runs {unique}\n")
    tmp_path.joinpath("program").chmod(0o755)
    tmp_path.joinpath("link").symlink_to("program")
    tmp_path.joinpath("big").write_bytes(b"x" * 3_000_001)
    tmp_path.joinpath("x" * 150).write_text("long")
    tmp_path.joinpath("logs").mkdir()
    tmp_path.joinpath("logs/old").write_text("old")
    tmp_path.joinpath(".dockerignore").write_text("logs\nDockerfile\n")
    lines = [
        "FROM alpine:3.20 AS first",
        "ARG NAME=nobody",
        "COPY . /all",
        "RUN /all/link && test ! -e /all/logs && test ! -e /all/Dockerfile && echo for $NAME",
        "RUN ls -A /all && stat -c rights:%u:%g:%a /all/program && stat -c size:%s /all/big",
        "FROM alpine:3.20",
        "RUN exit 9",
        "",
    ]
    tmp_path.joinpath("Dockerfile").write_text("\n".join(lines))
    request = BuildRequest(
        context_directory=tmp_path,
        build_arguments={"NAME": "ann"},
        labels={"team": "blue & green"},
        references=(f"classic-{unique}:1", f"classic-{unique}:2"),
        target="first",
    )

    built = await daemon.build(request, heard)

    for words in (f"it runs {unique}", "for ann", "rights:0:0:755", "size:3000001", "x" * 150):
        assert words in heard.text
    assert ".dockerfile." not in heard.text.partition("ls -A")[2]
    shown = engine.docker("inspect", "--format={{json .Config.Labels}}", f"classic-{unique}:2")
    assert json.loads(shown.stdout) == {"team": "blue & green"}
    found = await daemon.find_image(f"classic-{unique}:1")
    assert found is not None
    assert found.image_id == built.image_id


async def test_steps_and_cache_are_told_as_those_of_buildkit(
    daemon: DockerDaemon, tmp_path: Path
) -> None:
    unique, heard, events = uuid.uuid4().hex[:12], _Heard(), list[BuildEvent]()
    request = replace(_request(tmp_path, f"RUN echo {unique}"), observe=events.append)

    first = await daemon.build(request, _Heard())
    second = await daemon.build(request, heard)

    assert (first.cache_use, second.cache_use) == (CacheUse.NONE, CacheUse.FULL)
    assert f"#2 [2/2] RUN echo {unique}\n#2 CACHED\n" in heard.text
    told = [each for each in events if isinstance(each, VertexProgress) and unique in each.name]
    assert [(each.completed_ns is None, each.cached) for each in told] == [
        (True, False), (False, False), (True, False), (False, True),
    ]  # fmt: skip


async def test_failing_command_gives_step_and_exit_code_and_leaves_no_container(
    engine: Environment, daemon: DockerDaemon, tmp_path: Path
) -> None:
    before = _containers(engine)

    with pytest.raises(BuildFailed) as failure:
        await daemon.build(_request(tmp_path, f"RUN echo {uuid.uuid4()} && exit 7"), _Heard())

    assert failure.value.exit_code == 7
    assert failure.value.step is not None
    assert "exit 7" in failure.value.step
    # One of a build before, which was cut off, may go meanwhile.
    assert _containers(engine) <= before


async def test_base_image_logs_in_with_the_account_of_its_domain(
    engine: Environment, daemon: DockerDaemon, tmp_path: Path
) -> None:
    registry = engine.registries["basic"]
    reference = f"{registry.domain}/classic/{uuid.uuid4().hex[:12]}:1"
    account = Credentials(username=registry.username, password=registry.password)
    request = replace(_request(tmp_path, f"RUN echo {uuid.uuid4()}"), references=(reference,))
    await daemon.build(request, _Heard())
    await daemon.push(reference, account, _Heard())
    asked = []

    async def credentials_for(use: RegistryUse) -> Credentials:
        asked.append(use.domain)
        return account

    text = f"ARG BASE\nFROM ${{BASE}}\nRUN echo upon it {uuid.uuid4()}\n"
    private = BuildRequest(
        context_directory=tmp_path, dockerfile=InlineDockerfile(text=text), pull=True,
        build_arguments={"BASE": reference}, credentials_for=credentials_for,
    )  # fmt: skip
    heard = _Heard()
    await daemon.build(private, heard)

    assert asked == [registry.domain]
    assert "upon it" in heard.text
    with pytest.raises(BuildFailed):
        await daemon.build(replace(private, credentials_for=None), _Heard())


async def test_missing_dockerfile_is_named(daemon: DockerDaemon, tmp_path: Path) -> None:
    with pytest.raises(DockerfileNotFound):
        await daemon.build(BuildRequest(context_directory=tmp_path), _Heard())


async def test_cancelled_build_ends(daemon: DockerDaemon, tmp_path: Path) -> None:
    started = asyncio.Event()

    def watch(stream: OutputStream, data: bytes) -> None:
        if b"RUN" in data:
            started.set()

    request = _request(tmp_path, f"RUN echo {uuid.uuid4()} && sleep 600")
    build = asyncio.create_task(daemon.build(request, watch))
    await asyncio.wait_for(started.wait(), 30)

    build.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(build, 5)


async def test_what_it_cannot_do_is_refused_by_name(daemon: DockerDaemon, tmp_path: Path) -> None:
    async def secret() -> bytes:
        return b""

    request = _request(tmp_path)
    cache = CacheEntry(attributes={"ref": "a/b"})
    for asked, words in (
        (replace(request, secrets={"a": secret}), "type=secret"),
        (replace(request, ssh_agents={"a": KeyAgent([key_pair().private])}), "type=ssh"),
        (replace(request, cache_to=(cache,)), "cache_to"),
        (replace(request, platforms=("linux/amd64", "linux/arm64")), "several platforms"),
    ):
        with pytest.raises(BuildUnsupported, match=words) as refused:
            await daemon.build(asked, _Heard())

        assert "the classic builder" in refused.value.engine
