"""What only a real daemon shows: that work ends, what registries say, which ways lead there."""

import asyncio
import json
import ssl
import tempfile
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

import pytest

from runner_service.daemon import (
    BuildEvent,
    BuildFailed,
    BuildRequest,
    DaemonUnavailable,
    FailureReason,
    ImageStore,
    InlineDockerfile,
    OutputClipped,
    OutputStream,
    PushFailed,
    SyntaxUnused,
)
from runner_service.daemon.docker_daemon import DockerDaemon
from tests.engine import DOCKER_26_CONTAINERD, Environment, Fault, Faults, Reply, Slow
from tests.engine.certificates import Authority

_BASE = "alpine:3.20"


def _silent(stream: OutputStream, data: bytes) -> None:
    pass


@asynccontextmanager
async def _daemon(docker_host: str) -> AsyncIterator[DockerDaemon]:
    daemon = DockerDaemon(docker_host)
    try:
        yield daemon
    finally:
        await daemon.close()


def _request(directory: Path, *lines: str) -> BuildRequest:
    text = "\n".join([f"FROM {_BASE}", *lines, ""])
    return BuildRequest(context_directory=directory, dockerfile=InlineDockerfile(text=text))


async def _image(daemon: DockerDaemon, directory: Path, reference: str) -> None:
    """Build an image of its own layer, 4 MB."""
    directory.joinpath("layer").write_bytes(token_bytes(4_000_000))
    request = _request(directory, "COPY layer /layer")
    await daemon.build(replace(request, references=(reference,)), _silent)


def _running(environment: Environment, words: str) -> bool:
    """Return whether a process of the environment has `words` in its command line."""
    first = environment.process_one
    assert first is not None
    lines = (Path(f"/proc/{process.pid}/cmdline") for process in first.descendants())
    return any(words.encode() in line.read_bytes() for line in lines if line.exists())


async def _eventually(fact: Callable[[], bool], limit_s: float) -> None:
    async with asyncio.timeout(limit_s):
        while not fact():
            await asyncio.sleep(0.02)


async def test_cancelled_build_ends_its_command(engine: Environment, tmp_path: Path) -> None:
    nap = str(1_000_000 + uuid.uuid4().int % 1_000_000)
    async with _daemon(engine.docker_host) as daemon:
        build = asyncio.create_task(daemon.build(_request(tmp_path, f"RUN sleep {nap}"), _silent))
        await _eventually(lambda: _running(engine, nap), 20)

        build.cancel()

        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(build, 5)
        await _eventually(lambda: not _running(engine, nap), 2)


async def test_cancelled_push_ends_and_can_be_repeated(
    engine_26: Environment, faults_26: Faults, tmp_path: Path
) -> None:
    reference = f"{engine_26.registries['fault'].domain}/daemon/{uuid.uuid4().hex}:1"
    async with _daemon(engine_26.docker_host) as daemon:
        await _image(daemon, tmp_path, reference)
        faults_26.inject(Fault(method="PATCH|PUT", action=Slow(bytes_per_s=200_000), count=9))
        uploading = asyncio.Event()

        def watch(stream: OutputStream, data: bytes) -> None:
            if b"Pushing" in data:
                uploading.set()

        push = asyncio.create_task(daemon.push(reference, None, watch))
        await asyncio.wait_for(uploading.wait(), 20)
        push.cancel()

        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(push, 2)
        faults_26.clear()
        pushed = await asyncio.wait_for(daemon.push(reference, None, _silent), 30)
        assert pushed.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, FailureReason.RATE_LIMITED), (503, FailureReason.REGISTRY_ERROR)],
)
async def test_trouble_of_the_registry_has_its_reason(
    engine_26: Environment,
    faults_26: Faults,
    tmp_path: Path,
    status: int,
    reason: FailureReason,
) -> None:
    reference = f"{engine_26.registries['fault'].domain}/daemon/{uuid.uuid4().hex}:1"
    async with _daemon(engine_26.docker_host) as daemon:
        await _image(daemon, tmp_path, reference)
        faults_26.inject(Fault(method="PUT", path="/manifests/", action=Reply(status=status)))

        with pytest.raises(PushFailed) as failure:
            await daemon.push(reference, None, _silent)

    assert failure.value.reason is reason


async def test_pushed_digest_is_that_of_the_registry(engine: Environment, tmp_path: Path) -> None:
    repository = f"daemon/{uuid.uuid4().hex}"
    reference = f"{engine.registries['open'].domain}/{repository}:1"
    async with _daemon(engine.docker_host) as daemon:
        await _image(daemon, tmp_path, reference)
        pushed = await daemon.push(reference, None, _silent)

    answer = engine.fetch("open", "GET", f"/v2/{repository}/manifests/1")
    assert answer.headers["docker-content-digest"] == pushed.digest
    assert len(answer.body) == pushed.manifest_size_bytes


async def test_store_is_known(engine: Environment) -> None:
    async with _daemon(engine.docker_host) as daemon:
        description = await daemon.describe()

    containerd = engine.kind == DOCKER_26_CONTAINERD
    assert (description.image_store is ImageStore.CONTAINERD) == containerd


async def test_frontend_of_docker_hub_is_not_fetched(engine: Environment, tmp_path: Path) -> None:
    text = f"# syntax=docker/dockerfile:1\nFROM {_BASE}\nCOPY Dockerfile /\n"
    tmp_path.joinpath("Dockerfile").write_text(text + "RUN cat /Dockerfile\n")
    heard, events = bytearray(), list[BuildEvent]()
    async with _daemon(engine.docker_host) as daemon:
        request = BuildRequest(
            context_directory=tmp_path, cache_disabled=True, observe=events.append
        )
        await daemon.build(request, lambda stream, data: heard.extend(data))

    assert SyntaxUnused(image="docker/dockerfile:1") in events
    assert b"# syntax=docker/dockerfile:1\n" in heard, "the user's file is copied as it was"


async def test_output_that_the_engine_drops_is_told(engine: Environment, tmp_path: Path) -> None:
    events: list[BuildEvent] = []
    run = f"RUN echo {uuid.uuid4()} && yes {'x' * 99} | head -n 40000"
    async with _daemon(engine.docker_host) as daemon:
        request = replace(_request(tmp_path, run), observe=events.append)
        await daemon.build(request, _silent)

    [clipped] = [event for event in events if isinstance(event, OutputClipped)]
    assert clipped.words.startswith("output clipped, log ")
    assert "RUN echo" in clipped.vertex


async def test_target_labels_and_platform_are_passed_on(
    engine: Environment, tmp_path: Path
) -> None:
    reference = f"daemon/{uuid.uuid4().hex}:1"
    text = f"FROM {_BASE} AS first\nRUN echo in the first\nFROM {_BASE}\nRUN exit 9\n"
    request = BuildRequest(
        context_directory=tmp_path,
        dockerfile=InlineDockerfile(text=text),
        references=(reference, f"{reference}0"),
        labels={"team": "blue & green"},
        target="first",
        platforms=("linux/amd64",),
    )
    async with _daemon(engine.docker_host) as daemon:
        built = await daemon.build(request, _silent)
        other = await daemon.find_image(f"{reference}0")

    shown = engine.docker("inspect", "--format={{json .Config.Labels}}", reference)
    assert json.loads(shown.stdout) == {"team": "blue & green"}
    assert other is not None
    assert other.image_id == built.image_id


async def test_files_keep_modes_links_and_times(engine: Environment, tmp_path: Path) -> None:
    tmp_path.joinpath("program").write_text("#!/bin/sh\necho it runs\n")
    tmp_path.joinpath("program").chmod(0o755)
    tmp_path.joinpath("link").symlink_to("program")
    tmp_path.joinpath("away").symlink_to("/etc/hostname")
    tmp_path.joinpath("empty").mkdir()
    heard = bytearray()
    request = _request(
        tmp_path,
        "COPY . /all",
        "RUN /all/link && ls -ln /all && echo rights: $(stat -c %u:%g:%a /all/program)",
    )
    async with _daemon(engine.docker_host) as daemon:
        await daemon.build(
            replace(request, cache_disabled=True), lambda stream, data: heard.extend(data)
        )

    for words in ("it runs", "link -> program", "away -> /etc/hostname", "empty", "0:0:755"):
        assert words.encode() in heard


async def test_many_small_files_arrive(engine_26: Environment, tmp_path: Path) -> None:
    for number in range(2000):
        folder = tmp_path / f"{number % 20}"
        folder.mkdir(exist_ok=True)
        folder.joinpath(f"{number}").write_text(f"{number}")
    heard = bytearray()
    request = _request(tmp_path, "COPY . /all", "RUN find /all -type f | wc -l")
    async with _daemon(engine_26.docker_host) as daemon:
        await daemon.build(
            replace(request, cache_disabled=True), lambda stream, data: heard.extend(data)
        )

    assert b" 2000\n" in heard


async def test_secret_that_nobody_gave_fails_the_build(engine: Environment, tmp_path: Path) -> None:
    run = "RUN --mount=type=secret,id=token,required=true cat /run/secrets/token"
    async with _daemon(engine.docker_host) as daemon:
        with pytest.raises(BuildFailed, match="token"):
            await daemon.build(_request(tmp_path, run), _silent)


async def test_builds_run_side_by_side(engine_26: Environment, tmp_path: Path) -> None:
    async with _daemon(engine_26.docker_host) as daemon, asyncio.timeout(60):
        requests = [_request(tmp_path, f"RUN sleep 1 && echo {uuid.uuid4()}") for _ in range(12)]
        started_s = asyncio.get_running_loop().time()
        built = await asyncio.gather(*(daemon.build(request, _silent) for request in requests))
        spent_s = asyncio.get_running_loop().time() - started_s

    assert len({image.image_id for image in built}) == 12
    assert spent_s < 11, "they waited for one another"


async def test_nothing_is_left_behind(
    engine_26: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch, context = tmp_path / "scratch", tmp_path / "context"
    scratch.mkdir()
    context.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    async with _daemon(engine_26.docker_host) as daemon:
        await daemon.build(_request(context, f"RUN echo {uuid.uuid4()}"), _silent)
        with pytest.raises(BuildFailed):
            await daemon.build(_request(context, "RUN exit 3"), _silent)

        assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not list(scratch.iterdir())
    await asyncio.to_thread(_join_threads)
    assert not [one for one in threading.enumerate() if one.name.startswith("docker")]


def _join_threads() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("docker"):
            thread.join(5)


class _Relay:
    """Lets a daemon on a Unix socket be reached over TCP."""

    def __init__(self, environment: Environment) -> None:
        self._socket = environment.docker_host.removeprefix("unix://")
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.docker_host = ""

    def cut(self) -> None:
        """Cut all connections."""
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.docker_host = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_daemon, to_daemon = await asyncio.open_unix_connection(self._socket)
        self._writers += [writer, to_daemon]
        ways = ((reader, to_daemon), (from_daemon, writer))
        self._tasks += [asyncio.create_task(_carry(*way)) for way in ways]


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


def _mutual_tls(folder: Path) -> ssl.SSLContext:
    """Write what a client needs into `folder`, and return what the server needs."""
    authority = Authority.new("docker")
    folder.joinpath("ca.pem").write_bytes(authority.pair().certificate)
    pair = authority.issue("127.0.0.1")
    folder.joinpath("cert.pem").write_bytes(pair.certificate)
    folder.joinpath("key.pem").write_bytes(pair.key)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
async def test_daemon_can_be_reached_over_the_network(
    engine_26: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    tls = None
    if encrypted:
        tls = _mutual_tls(tmp_path)
        monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    relay = _Relay(engine_26)
    async with relay.listening(tls), _daemon(relay.docker_host) as daemon:
        description = await daemon.describe()
        built = await daemon.build(_request(tmp_path, f"RUN echo {uuid.uuid4()}"), _silent)
        found = await daemon.find_image(built.image_id)

    assert description.engine_version.startswith("26.")
    assert found is not None


async def test_daemon_that_goes_away_in_mid_build_is_unavailable(
    engine_26: Environment, tmp_path: Path
) -> None:
    relay, started = _Relay(engine_26), asyncio.Event()
    async with relay.listening(), _daemon(relay.docker_host) as daemon:

        def watch(stream: OutputStream, data: bytes) -> None:
            if b"sleep" in data:
                started.set()

        request = _request(tmp_path, f"RUN echo {uuid.uuid4()} && sleep 100")
        build = asyncio.create_task(daemon.build(request, watch))
        await asyncio.wait_for(started.wait(), 20)
        relay.cut()

        with pytest.raises(DaemonUnavailable):
            await asyncio.wait_for(build, 5)
