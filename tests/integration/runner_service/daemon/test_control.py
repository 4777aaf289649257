"""What takes BuildKit's own API: several platforms, caches in registries; or it is refused."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from runner_service.daemon import (
    BuildFailed,
    BuildRequest,
    BuildUnsupported,
    CacheEntry,
    CacheUse,
    InlineDockerfile,
    OutputStream,
)
from runner_service.daemon.docker_daemon import DockerDaemon
from tests.engine import DOCKER_26_CONTAINERD, Environment, available_kinds, borrowed

_PLATFORMS = ("linux/amd64", "linux/arm64")


class _Heard:
    """An output sink that remembers."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, stream: OutputStream, data: bytes) -> None:
        self.text += data.decode()


@pytest.fixture
async def daemon(engine: Environment) -> AsyncIterator[DockerDaemon]:
    daemon = DockerDaemon(engine.docker_host)
    yield daemon
    await daemon.close()


def _request(directory: Path, *lines: str) -> BuildRequest:
    return BuildRequest(
        context_directory=directory, dockerfile=InlineDockerfile(text="\n".join([*lines, ""]))
    )


def _can(engine: Environment) -> bool:
    return engine.kind == DOCKER_26_CONTAINERD


async def test_image_of_several_platforms_reaches_the_registry_whole(
    engine: Environment, daemon: DockerDaemon, tmp_path: Path
) -> None:
    tmp_path.joinpath("file").write_text(uuid.uuid4().hex)
    path = f"platforms/{uuid.uuid4().hex[:12]}"
    reference = f"{engine.registries['open'].domain}/{path}:1"
    request = replace(
        _request(tmp_path, "FROM scratch", "COPY file /"),
        references=(reference,), platforms=_PLATFORMS, labels={"team": "blue"},
    )  # fmt: skip

    if not _can(engine):
        with pytest.raises(BuildUnsupported, match=r"Docker .* graphdriver .*linux/arm64"):
            await daemon.build(request, _Heard())
        return
    built = await daemon.build(request, _Heard())
    pushed = await daemon.push(reference, None, _Heard())

    assert pushed.digest == built.image_id
    index = json.loads(engine.fetch("open", "GET", f"/v2/{path}/manifests/1").body)
    platforms = [each["platform"] for each in index["manifests"]]
    assert [f"{each['os']}/{each['architecture']}" for each in platforms] == [*_PLATFORMS]


async def test_cache_in_a_registry_is_written_and_read(
    engine: Environment, daemon: DockerDaemon, tmp_path: Path
) -> None:
    unique = uuid.uuid4().hex[:12]
    reference = f"{engine.registries['open'].domain}/cache/{unique}:cache"
    cache = CacheEntry(attributes={"ref": reference, "mode": "max"})
    request = _request(tmp_path, "FROM alpine:3.20", f"RUN echo {unique}")
    writing = replace(request, cache_to=(cache,), references=(f"cached/{unique}:1",))

    if not _can(engine):
        with pytest.raises(BuildUnsupported, match="cache_to"):
            await daemon.build(writing, _Heard())
        return
    first = await daemon.build(writing, _Heard())
    engine.docker("builder", "prune", "--all", "--force")
    engine.docker("image", "rm", "--force", f"cached/{unique}:1")
    second = await daemon.build(replace(request, cache_from=(cache,)), _Heard())

    assert engine.fetch("open", "GET", f"/v2/cache/{unique}/manifests/cache").status == 200
    assert (first.cache_use, second.cache_use) == (CacheUse.NONE, CacheUse.FULL)


async def test_inline_cache_is_read_on_every_engine(
    engine: Environment, daemon: DockerDaemon, tmp_path: Path
) -> None:
    unique = uuid.uuid4().hex[:12]
    reference = f"{engine.registries['open'].domain}/inline/{unique}:1"
    request = _request(tmp_path, "FROM alpine:3.20", f"RUN echo {unique}")
    inline = {"BUILDKIT_INLINE_CACHE": "1"}
    writing = replace(request, references=(reference,), build_arguments=inline)
    await daemon.build(writing, _Heard())
    await daemon.push(reference, None, _Heard())
    engine.docker("builder", "prune", "--all", "--force")
    engine.docker("image", "rm", "--force", reference)

    cache = CacheEntry(attributes={"ref": reference})
    second = await daemon.build(replace(request, cache_from=(cache,)), _Heard())

    assert second.cache_use is CacheUse.FULL


@pytest.fixture
async def containerd() -> AsyncIterator[tuple[Environment, DockerDaemon]]:
    """Give the engine that has the API's worth, or the user's own."""
    kind = DOCKER_26_CONTAINERD if DOCKER_26_CONTAINERD in available_kinds() else "external"
    with borrowed(kind) as environment:
        daemon = DockerDaemon(environment.docker_host)
        yield environment, daemon
        await daemon.close()


def _with_cache(environment: Environment, request: BuildRequest) -> BuildRequest:
    reference = f"{environment.registries['open'].domain}/cache/{uuid.uuid4().hex[:12]}:1"
    return replace(request, cache_to=(CacheEntry(attributes={"ref": reference}),))


async def test_fields_of_a_request_reach_the_frontend(
    containerd: tuple[Environment, DockerDaemon], tmp_path: Path
) -> None:
    environment, daemon = containerd
    unique, heard = uuid.uuid4().hex[:12], _Heard()

    async def secret() -> bytes:
        return b"shown to the command"

    request = replace(
        _request(
            tmp_path, "# syntax=docker/dockerfile:1", "FROM alpine:3.20 AS first", "ARG NAME",
            f"RUN --mount=type=secret,id=token echo $NAME {unique} && cat /run/secrets/token",
            "FROM alpine:3.20", "RUN exit 9",
        ),
        references=(f"fields-{unique}:1", f"fields-{unique}:2"), target="first",
        labels={"team": "blue & green"}, build_arguments={"NAME": "ann"},
        secrets={"token": secret},
    )  # fmt: skip

    built = await daemon.build(_with_cache(environment, request), heard)

    shown = environment.docker("inspect", "--format={{json .Config.Labels}}", f"fields-{unique}:2")
    assert json.loads(shown.stdout) == {"team": "blue & green"}
    assert f"ann {unique}" in heard.text
    assert "shown to the command" in heard.text
    found = await daemon.find_image(f"fields-{unique}:1")
    assert found is not None
    assert found.image_id == built.image_id


async def test_failure_has_step_and_exit_code(
    containerd: tuple[Environment, DockerDaemon], tmp_path: Path
) -> None:
    environment, daemon = containerd
    request = _request(tmp_path, "FROM alpine:3.20", f"RUN echo {uuid.uuid4()} && exit 7")

    with pytest.raises(BuildFailed) as failure:
        await daemon.build(_with_cache(environment, request), _Heard())

    assert failure.value.exit_code == 7
    assert failure.value.step is not None
    assert "exit 7" in failure.value.step


async def test_cancelled_build_ends_and_leaves_no_task(
    containerd: tuple[Environment, DockerDaemon], tmp_path: Path
) -> None:
    environment, daemon = containerd
    nap, started = str(1_000_000 + uuid.uuid4().int % 1_000_000), asyncio.Event()

    def watch(stream: OutputStream, data: bytes) -> None:
        if nap.encode() in data:
            started.set()

    before = asyncio.all_tasks()
    request = _request(tmp_path, "FROM alpine:3.20", f"RUN sleep {nap}")
    build = asyncio.create_task(daemon.build(_with_cache(environment, request), watch))
    await asyncio.wait_for(started.wait(), 30)

    build.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(build, 5)
    async with asyncio.timeout(5):
        while environment.process_one and any(
            nap.encode() in Path(f"/proc/{each.pid}/cmdline").read_bytes()
            for each in environment.process_one.descendants()
            if Path(f"/proc/{each.pid}/cmdline").exists()
        ):
            await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before
