"""What the runner asks of a Docker daemon; real and fake ones keep the same contract tests.

Values here know nothing of docker, HTTP or BuildKit. Failures are the classes of `errors`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class ImageStore(StrEnum):
    """How a daemon keeps its images; decides what builds and pushes can do."""

    GRAPHDRIVER = "graphdriver"
    CONTAINERD = "containerd"


class BuilderKind(StrEnum):
    """What builds images in a daemon."""

    BUILDKIT = "BuildKit"
    CLASSIC = "the classic builder"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonDescription:
    """What a daemon says about itself."""

    engine_version: str
    api_version: str
    """The newest version of the HTTP API that daemon and runner both speak, such as `1.45`."""
    image_store: ImageStore
    builder: BuilderKind = BuilderKind.BUILDKIT
    operating_system: str
    architecture: str
    """As in platforms: `amd64`, `arm64`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An account at a registry, good for one call."""

    username: str
    """`IDENTITY_TOKEN` means that the password is a token to ask for tokens with."""
    password: str = field(repr=False)


IDENTITY_TOKEN = "<token>"  # as Docker credential helpers have it


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryUse:
    """What a build wants an account for."""

    domain: str
    """`docker.io` for Docker Hub."""
    repository: str = ""
    """Path there; empty: any, since the registry or the daemon does not tell."""
    written: bool = False
    """Whether something is pushed there."""


CredentialsSource = Callable[[RegistryUse], Awaitable[Credentials | None]]
"""Answers with an account; None: go on without one."""

AccountsDiffer = Callable[[str], Awaitable[bool]]
"""Tells whether a domain's repositories have accounts of their own."""

SecretSource = Callable[[], Awaitable[bytes]]
"""Gives the value of a secret when a build asks for it."""

SshAgent = Callable[[bytes], Awaitable[bytes]]
"""Answers a message of the ssh agent protocol; both are without their lengths. Never raises."""

SSH_IDENTITIES_REQUEST = 11  # types of messages: their first byte
SSH_SIGN_REQUEST = 13
SSH_AGENT_FAILURE = b"\x05"
"""The answer to what an agent does not do."""


class OutputStream(StrEnum):
    """Where a program wrote a piece of output."""

    STDOUT = "stdout"
    STDERR = "stderr"


OutputSink = Callable[[OutputStream, bytes], None]
"""Takes whole lines, as many as there are at the moment; runs on the event loop: must not block."""


class CacheUse(StrEnum):
    """How much of a build came from the build cache."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"
    """No instruction had to be carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexProgress:
    """A vertex of the build graph has started or ended: an instruction, or work around them."""

    number: int
    """Counts from 1; stands before each line of its output."""
    name: str
    """Such as `[2/4] RUN make`; long ones are cut."""
    started_ns: int
    """Since the epoch, by the daemon's clock."""
    completed_ns: int | None = None
    """None: it goes on."""
    cached: bool = False
    error: str = ""
    """The daemon's words; empty unless it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputClipped:
    """The daemon dropped output of a vertex, since its own limit was reached."""

    vertex: str
    words: str
    """The daemon's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxUnused:
    """The frontend that the Dockerfile names is not fetched: the daemon's own reads it."""

    image: str


BuildEvent = VertexProgress | OutputClipped | SyntaxUnused
BuildObserver = Callable[[BuildEvent], None]
"""Hears of a build, in order with its output; runs on the event loop: must not block or raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerfilePath:
    """A Dockerfile on the runner's disk."""

    path: Path
    """Relative to the context directory and inside of it; or absolute, and then anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineDockerfile:
    """A Dockerfile that stands in the pipeline itself."""

    text: str


Dockerfile = DockerfilePath | InlineDockerfile


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """A build cache outside of the daemon, as BuildKit names it."""

    type: str = "registry"
    attributes: Mapping[str, str]
    """By name; a registry's has `ref`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """One image to build."""

    context_directory: Path
    """Absolute. Its `.dockerignore` is respected; links that lead out of it are not followed."""
    dockerfile: Dockerfile = field(default_factory=lambda: DockerfilePath(path=Path("Dockerfile")))
    references: tuple[str, ...] = ()
    """What the image is tagged with on the daemon; may be empty."""
    build_arguments: Mapping[str, str] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    """Stage to build; None: the last one."""
    platforms: tuple[str, ...] = ()
    """Each `os/arch[/variant]`; none: the daemon's own."""
    cache_disabled: bool = False
    pull: bool = False
    """Ask the registry for the images named by `FROM` even if the daemon has them."""
    cache_from: tuple[CacheEntry, ...] = ()
    """Caches in registries. Those that cannot be had are left out silently."""
    cache_to: tuple[CacheEntry, ...] = ()
    """Caches that are written to registries."""
    secrets: Mapping[str, SecretSource] = field(default_factory=dict, repr=False)
    """By the id that `RUN --mount=type=secret,id=...` names."""
    ssh_agents: Mapping[str, SshAgent] = field(default_factory=dict, repr=False)
    """By the id that `RUN --mount=type=ssh,id=...` names; without one it means `default`."""
    credentials_for: CredentialsSource | None = field(default=None, repr=False)
    """Asked when a registry wants an account, perhaps several times for one domain."""
    accounts_differ: AccountsDiffer | None = field(default=None, repr=False)
    """Where it says yes, tokens are fetched from here, each with the account of its repository:
    the token server must be reachable. Registries without tokens see one account."""
    observe: BuildObserver = field(default=lambda event: None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """What a build gave."""

    image_id: str
    """`sha256:...`; what `find_image` and `tag` take."""
    cache_use: CacheUse

    @property
    def cached(self) -> bool:
        """Whether no instruction had to be carried out."""
        return self.cache_use is CacheUse.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that the daemon has."""

    image_id: str
    references: tuple[str, ...]
    """Its tags, sorted."""
    repository_digests: tuple[str, ...]
    """`repository@sha256:...` for each place it was pulled from or pushed to, sorted."""
    size_bytes: int
    """What the daemon reports; the image stores count differently."""
    operating_system: str
    architecture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedImage:
    """An image as the registry now has it."""

    reference: str
    digest: str
    """Of the manifest, `sha256:...`."""
    manifest_size_bytes: int


class Daemon(Protocol):
    """A Docker daemon, or something that behaves like one.

    Calls need no order and may run at the same time, on one event loop; `close` comes last and
    waits for none of them. Every call raises `DaemonUnavailable` when the daemon cannot be reached
    or goes away, and `DaemonRefused` when it does not accept the request itself; the object stays
    usable, and the next call tries anew. Nothing is retried here.

    A call that is cancelled stops its work on the daemon within about a second (an upload to a
    registry that has stalled may hold out longer) and leaves no task or thread behind. Output ends
    before the call does.

    References have a domain, except on Docker Hub, and a tag or digest: `ghcr.io/acme/app:1`.
    Pushes or pulls of one repository with two accounts at once are not kept apart by daemons: the
    caller lets them follow one another.
    """

    async def describe(self) -> DaemonDescription:
        """Return what the daemon says about itself."""

    async def build(self, request: BuildRequest, output: OutputSink) -> BuiltImage:
        """Build an image, and tag it if the request says so.

        Output looks like that of `docker build --progress=plain`.

        Raises:
            ContextNotFound: the context is no directory.
            ContextUnreadable: something in the context cannot be read.
            DockerfileNotFound: there is no such Dockerfile.
            BuildUnsupported: this daemon cannot do what is asked for; nothing was done.
            BuildFailed: the build itself failed.
            Exception: whatever `credentials_for` or a secret's source raised; it ends the build.
        """

    async def find_image(self, reference: str) -> Image | None:
        """Return the image with this reference or id if the daemon has it; asks no registry."""

    async def pull(
        self, reference: str, credentials: Credentials | None, output: OutputSink
    ) -> Image:
        """Fetch an image from its registry, even if the daemon has one of that reference.

        Raises:
            PullFailed: the registry did not give it.
        """

    async def tag(self, image_id: str, reference: str) -> None:
        """Give an image one more reference, taking it from the image that has it.

        Raises:
            ImageNotFound: the daemon has no such image.
        """

    async def push(
        self, reference: str, credentials: Credentials | None, output: OutputSink
    ) -> PushedImage:
        """Copy an image to the registry that its reference names.

        Raises:
            ImageNotFound: the daemon has no such image.
            PushFailed: the registry did not take it, or did not say under which digest.
        """

    def archive(self, image_id: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Lend an image as a tar archive, piece by piece.

        In containerd's store it is an OCI layout, with the digests that a push would have.

        Raises:
            ImageNotFound: the daemon has no such image.
        """

    async def remote_digest(self, reference: str, credentials: Credentials | None) -> str | None:
        """Return the digest that a registry has under a reference; None: it has nothing there.

        The daemon asks, with its own ways to the registry and the certificates it trusts.

        Raises:
            PullFailed: the registry did not say.
        """

    async def close(self) -> None:
        """Let go of connections and threads; may be called again."""
