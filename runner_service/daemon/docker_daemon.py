"""A real Docker daemon, 20.10 or newer.

Short questions go through docker-py on a few threads; builds, pulls and pushes are streams on the
event loop, so that however many of them run, none waits for a thread.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from runner_service.daemon import transfer
from runner_service.daemon.address import resolve
from runner_service.daemon.buildkit.build import build
from runner_service.daemon.classic import build as classic
from runner_service.daemon.docker_client import DockerClient, Record
from runner_service.daemon.engine_api import EngineApi, EngineRefusal
from runner_service.daemon.errors import (
    DaemonRefused,
    DaemonUnavailable,
    FailureReason,
    ImageNotFound,
    PullFailed,
)
from runner_service.daemon.port import (
    BuilderKind,
    BuildRequest,
    BuiltImage,
    Credentials,
    DaemonDescription,
    Image,
    ImageStore,
    OutputSink,
    PushedImage,
)
from runner_service.daemon.reference import Reference
from runner_service.daemon.self_description import Ping, SelfDescription
from runner_service.daemon.support import demand_of, require_support

_THREAD_COUNT = 8
_FIRST_WITH_BUILDKIT = (1, 39)


class DockerDaemon:
    """Implements `Daemon`; must be made and used on one event loop.

    Raises:
        DaemonUnavailable: `docker_host` is no address of a daemon. Whether one listens there shows
            with the first call.
    """

    def __init__(self, docker_host: str | None = None) -> None:
        address = resolve(docker_host)
        self._threads = ThreadPoolExecutor(_THREAD_COUNT, thread_name_prefix="docker")
        self._client = DockerClient(address, self._threads)
        self._api = EngineApi(address)
        self._description = SelfDescription(self._described)

    async def describe(self) -> DaemonDescription:
        """See that it answers; ask for versions and image store, if that was not done just now."""
        return await self._description.current(await self._ping())

    async def _described(self, ping: Ping) -> DaemonDescription:
        version, info = await asyncio.gather(self._client.version(), self._client.info())
        return DaemonDescription(
            engine_version=version["Version"],
            api_version=version["ApiVersion"],
            image_store=_image_store(info),
            builder=builder_of(ping),
            operating_system=version["Os"],
            architecture=version["Arch"],
        )

    async def build(self, request: BuildRequest, output: OutputSink) -> BuiltImage:
        """Build with BuildKit and a session of our own, or else with the classic builder."""
        builder, demand = builder_of(await self._ping()), demand_of(request)
        if demand.unusual:
            require_support(demand, await self.describe())
        if builder is BuilderKind.CLASSIC:
            return await classic.build(request, output, self._api, self._threads)
        return await build(request, output, self._api, self._threads)

    async def _ping(self) -> Ping:
        try:
            return await self._api.ping()
        except DaemonUnavailable:
            self._description.forget()
            raise
        except EngineRefusal as error:
            raise DaemonRefused("be pinged", error.status, error.words) from error

    async def find_image(self, reference: str) -> Image | None:
        """Inspect an image."""
        record = await self._client.image(reference)
        return _image(record) if record else None

    async def pull(
        self, reference: str, credentials: Credentials | None, output: OutputSink
    ) -> Image:
        """Pull, then inspect what came."""
        await transfer.pull(self._api, Reference.parse(reference), credentials, output)
        image = await self.find_image(reference)
        if image is None:
            raise DaemonRefused("pull", None, f'"{reference}" came and is gone again')
        return image

    async def tag(self, image_id: str, reference: str) -> None:
        """Tag an image."""
        name = Reference.parse(reference)
        await self._client.tag(image_id, name.repository, name.tag)

    async def push(
        self, reference: str, credentials: Credentials | None, output: OutputSink
    ) -> PushedImage:
        """Push one tag."""
        return await transfer.push(self._api, Reference.parse(reference), credentials, output)

    @asynccontextmanager
    async def archive(self, image_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Let the daemon save an image."""
        if await self.find_image(image_id) is None:  # to save it, old daemons fail in many ways
            raise ImageNotFound(image_id)
        async with transfer.archive(self._api, image_id) as pieces:
            yield pieces

    async def remote_digest(self, reference: str, credentials: Credentials | None) -> str | None:
        """Let the daemon inspect what a registry has."""
        try:
            record = await self._client.distribution(reference, transfer.account(credentials))
        except DaemonRefused as error:
            reason = transfer.reason_of(error.words, Reference.parse(reference).repository)
            if reason is FailureReason.NOT_FOUND:
                return None
            raise PullFailed(reference, error.words, reason) from error
        digest: str = record["Descriptor"]["digest"]
        return digest

    async def close(self) -> None:
        """Close connections; threads end with what they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()
        await self._api.close()


def builder_of(ping: Ping) -> BuilderKind:
    """Return what builds in a daemon that answers a ping with these headers.

    `Builder-Version: 1` says that BuildKit is turned off. No such header is what daemons before 23
    say, and they have BuildKit from API 1.39 on; Podman, which has none, tells its own name.
    """
    version = re.fullmatch(r"(\d+)\.(\d+)", ping.get("api-version", ""))
    old = version is not None and tuple(map(int, version.groups())) < _FIRST_WITH_BUILDKIT
    off = ping.get("builder-version") == "1"
    podman = "libpod-api-version" in ping
    return BuilderKind.CLASSIC if old or off or podman else BuilderKind.BUILDKIT


def _image_store(info: Record) -> ImageStore:
    status = dict(info.get("DriverStatus") or ())
    snapshots = status.get("driver-type") == "io.containerd.snapshotter.v1"
    return ImageStore.CONTAINERD if snapshots else ImageStore.GRAPHDRIVER


def _image(record: Record) -> Image:
    return Image(
        image_id=record["Id"],
        references=tuple(sorted(record.get("RepoTags") or ())),
        repository_digests=tuple(sorted(record.get("RepoDigests") or ())),
        size_bytes=record["Size"],
        operating_system=record["Os"],
        architecture=record["Architecture"],
    )
