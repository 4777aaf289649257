"""A Docker daemon in memory, for tests of all that uses one.

It keeps the contract of `Daemon` and can be told to fail or to wait. What it builds are no images:
see `fake_build` for what it makes of a Dockerfile.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from runner_service.daemon.errors import (
    DaemonError,
    FailureReason,
    ImageNotFound,
    PullFailed,
    PushFailed,
    TransferFailed,
)
from runner_service.daemon.fake_build import Bench, FakeImage, carry_out
from runner_service.daemon.fake_formats import archive_of, manifest_digest
from runner_service.daemon.port import (
    BuildRequest,
    BuiltImage,
    Credentials,
    DaemonDescription,
    Image,
    ImageStore,
    OutputSink,
    OutputStream,
    PushedImage,
    RegistryUse,
)
from runner_service.daemon.support import demand_of, require_support

Operation = Literal[
    "describe", "build", "find_image", "pull", "tag", "push", "archive", "remote_digest"
]


@dataclass(slots=True, kw_only=True)
class FakeRegistry:
    """A registry in memory."""

    domain: str
    account: Credentials | None = None
    """Who may use it; None: anybody."""
    images: dict[str, FakeImage] = field(default_factory=dict)
    """By full reference."""
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """What was uploaded or mounted, by path of the repository and digest."""
    referrers: dict[tuple[str, str], list[bytes]] | None = None
    """Manifests by path and digest of their subject; None: it does not know of such."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A call that waits."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the call has come to wait."""
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """Set it to let the call go on."""


class FakeDaemon:
    """Does what it is told; all attributes may be read and changed by tests."""

    def __init__(self, *registries: FakeRegistry, images: Iterable[str] = ("alpine:3.20",)) -> None:
        self.registries = {registry.domain: registry for registry in registries}
        self.images = {reference: _base(reference) for reference in images}
        """By reference and by id."""
        self.builds: list[BuildRequest] = []
        """All that were asked for, the failed ones too."""
        self.pulls: list[tuple[str, Credentials | None]] = []
        self.pushes: list[tuple[str, Credentials | None]] = []
        self.failure: DaemonError | None = None
        """What every call raises, such as `DaemonUnavailable`; None: all is well."""
        self.closed = False
        self._forgotten_count = 0
        self._broken: deque[DaemonError] = deque()
        self.description = DaemonDescription(
            engine_version="26.1.5",
            api_version="1.45",
            image_store=ImageStore.GRAPHDRIVER,
            operating_system="linux",
            architecture="amd64",
        )
        self._built: set[str] = set()
        self._places: dict[str, set[str]] = {}
        """Repositories with digests, by the id of the image that was pulled or pushed there."""
        self._failures: dict[Operation, deque[DaemonError]] = {}
        self._holds: dict[Operation, deque[Hold]] = {}

    def fail_next(self, operation: Operation, failure: DaemonError) -> None:
        """Let the next call of `operation` raise; several calls queue up."""
        self._failures.setdefault(operation, deque()).append(failure)

    def forget_next_push(self) -> None:
        """Let the registry of the next push take the image and lose it."""
        self._forgotten_count += 1

    def break_next_push(self, *failures: DaemonError) -> None:
        """Let the registries of the next pushes take the images, and nobody hear of it."""
        self._broken.extend(failures)

    def hold_next(self, operation: Operation) -> Hold:
        """Let the next call of `operation` wait; several calls queue up."""
        hold = Hold()
        self._holds.setdefault(operation, deque()).append(hold)
        return hold

    async def describe(self) -> DaemonDescription:
        """Describe one engine of many."""
        await self._begin("describe")
        return self.description

    async def build(self, request: BuildRequest, output: OutputSink) -> BuiltImage:
        """Carry out as much of the Dockerfile as `fake_build` knows."""
        self.builds.append(request)
        await self._begin("build")
        require_support(demand_of(request), self.description)
        bench = Bench(request=request, output=output, built=self._built, base_of=self._base_of)
        image, cache_use = await carry_out(bench)
        for name in (image.image_id, *request.references):
            self.images[name] = image
        return BuiltImage(image_id=image.image_id, cache_use=cache_use)

    async def find_image(self, reference: str) -> Image | None:
        """Look among `images`."""
        await self._begin("find_image")
        image = self.images.get(reference)
        return self._describe_image(image) if image else None

    async def pull(
        self, reference: str, credentials: Credentials | None, output: OutputSink
    ) -> Image:
        """Copy from a registry, if it lets the account in."""
        self.pulls.append((reference, credentials))
        await self._begin("pull")
        registry = self._registry(PullFailed, reference, credentials)
        image = registry.images.get(reference)
        if image is None:
            raise PullFailed(reference, "manifest unknown", FailureReason.NOT_FOUND)
        self.images[reference] = self.images[image.image_id] = image
        self._note_place(image, reference)
        output(OutputStream.STDOUT, f"Status: Downloaded image for {reference}\n".encode())
        return self._describe_image(image)

    async def tag(self, image_id: str, reference: str) -> None:
        """Give an image one more name."""
        await self._begin("tag")
        self.images[reference] = self._local(image_id)

    async def push(
        self, reference: str, credentials: Credentials | None, output: OutputSink
    ) -> PushedImage:
        """Copy to a registry, if it lets the account in."""
        self.pushes.append((reference, credentials))
        await self._begin("push")
        image = self._local(reference)
        registry = self._registry(PushFailed, reference, credentials)
        if self._forgotten_count:
            self._forgotten_count -= 1
        else:
            registry.images[reference] = image
        self._note_place(image, reference)
        if self._broken:
            raise self._broken.popleft()
        digest = manifest_digest(image)
        output(OutputStream.STDOUT, f"{reference}: digest: {digest} size: 528\n".encode())
        return PushedImage(reference=reference, digest=digest, manifest_size_bytes=528)

    @asynccontextmanager
    async def archive(self, image_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Make an archive, and lend it in small pieces."""
        await self._begin("archive")
        whole = archive_of(self._local(image_id))

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(whole), 100):
                yield whole[start : start + 100]

        yield pieces()

    async def remote_digest(self, reference: str, credentials: Credentials | None) -> str | None:
        """Look into a registry, if it lets the account in."""
        await self._begin("remote_digest")
        images = self._registry(PullFailed, reference, credentials).images
        repository, at, digest = reference.partition("@")
        for name, image in images.items():
            known = manifest_digest(image)
            if name == reference or (at and name.startswith(f"{repository}:") and known == digest):
                return known
        return None

    async def close(self) -> None:
        """Note that it was called."""
        self.closed = True

    async def _begin(self, operation: Operation) -> None:
        """Be as slow and as broken as was asked for."""
        await asyncio.sleep(0)
        if holds := self._holds.get(operation):
            hold = holds.popleft()
            hold.reached.set()
            await hold.released.wait()
        if self.failure is not None:
            raise self.failure
        if failures := self._failures.get(operation):
            raise failures.popleft()

    async def _base_of(self, reference: str, request: BuildRequest) -> FakeImage:
        """Return an image named by `FROM`, from the daemon or else from its registry."""
        if reference in self.images and not request.pull:
            return self.images[reference]
        ask, domain = request.credentials_for, _domain(reference)
        differ = request.accounts_differ is not None and await request.accounts_differ(domain)
        path = reference.removeprefix(f"{domain}/").partition(":")[0]
        use = RegistryUse(domain=domain, repository=path if differ else "")
        credentials = await ask(use) if ask else None
        image = self._registry(PullFailed, reference, credentials).images.get(reference)
        if image is None:
            raise PullFailed(reference, "not found", FailureReason.NOT_FOUND)
        return image

    def _note_place(self, image: FakeImage, reference: str) -> None:
        repository = reference.partition("@")[0].rpartition(":")[0]
        places = self._places.setdefault(image.image_id, set())
        places.add(f"{repository}@{manifest_digest(image)}")

    def _local(self, reference: str) -> FakeImage:
        if reference not in self.images:
            raise ImageNotFound(reference)
        return self.images[reference]

    def _registry(
        self, failure: type[TransferFailed], reference: str, credentials: Credentials | None
    ) -> FakeRegistry:
        """Return the registry of a reference, if it lets the account in."""
        registry = self.registries.get(_domain(reference))
        if registry is None:
            raise failure(reference, "connection refused", FailureReason.UNREACHABLE)
        if registry.account not in (None, credentials):
            words = "unauthorized: authentication required"
            raise failure(reference, words, FailureReason.UNAUTHORIZED)
        return registry

    def _describe_image(self, image: FakeImage) -> Image:
        names = (name for name, other in self.images.items() if other == image)
        return Image(
            image_id=image.image_id,
            references=tuple(sorted(name for name in names if name != image.image_id)),
            repository_digests=tuple(sorted(self._places.get(image.image_id, ()))),
            size_bytes=sum(len(contents) for contents in image.files.values()),
            operating_system="linux",
            architecture="amd64",
        )


def _base(reference: str) -> FakeImage:
    return FakeImage(image_id="sha256:" + sha256(reference.encode()).hexdigest(), files={})


def _domain(reference: str) -> str:
    first, slash, _ = reference.partition("/")
    is_domain = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return first if is_domain else "docker.io"
