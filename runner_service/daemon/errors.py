"""What can go wrong with a Docker daemon.

    DaemonError
    ├── DaemonUnavailable      cannot be reached, or went away
    ├── DaemonRefused          did not accept a request, or answered nonsense
    ├── ContextNotFound        no directory to build from
    ├── ContextUnreadable      something in that directory cannot be read
    ├── DockerfileNotFound
    ├── BuildUnsupported       this daemon cannot build so
    ├── BuildFailed
    ├── ImageNotFound          not on the daemon
    └── TransferFailed         a registry and the daemon did not agree
        ├── PullFailed
        └── PushFailed

No message holds a password or an Authorization header: the words of daemon and registry are shown
as they came, and those never repeat what was sent in headers.
"""

from enum import StrEnum
from pathlib import Path


class DaemonError(Exception):
    """Any failure of this package."""


class DaemonUnavailable(DaemonError):
    """The daemon cannot be reached."""

    def __init__(self, docker_host: str, cause: str, advice: str) -> None:
        self.docker_host = docker_host
        self.cause = cause
        self.advice = advice
        super().__init__(f'cannot reach the Docker daemon at "{docker_host}": {cause}; {advice}')


class DaemonRefused(DaemonError):
    """The daemon did not accept a request."""

    def __init__(self, operation: str, status: int | None, words: str) -> None:
        self.operation = operation
        """What was asked, such as `tag`."""
        self.status = status
        """HTTP status; None if the trouble lies elsewhere."""
        self.words = words
        """The daemon's own."""
        super().__init__(f"the Docker daemon refused to {operation}: {words}")


class ContextNotFound(DaemonError):
    """The build context is no directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        super().__init__(f'the build context "{directory}" is not a directory')


class ContextUnreadable(DaemonError):
    """Something in the build context cannot be read."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        """Relative to the context."""
        self.cause = cause
        super().__init__(
            f'cannot read "{path}" of the build context: {cause};'
            " change its rights or name it in .dockerignore"
        )


class DockerfileNotFound(DaemonError):
    """There is no such Dockerfile."""

    def __init__(self, path: Path, directory: Path, cause: str = "no such file") -> None:
        self.path = path
        self.directory = directory
        """The build context."""
        super().__init__(f'no Dockerfile "{path}" for the build context "{directory}": {cause}')


class BuildUnsupported(DaemonError):
    """The daemon cannot do what a build asks for; nothing was done."""

    def __init__(self, feature: str, engine: str, help: str) -> None:
        self.feature = feature
        self.engine = engine
        """Version and kind of the daemon."""
        self.help = help
        """What would have to be otherwise."""
        super().__init__(f"{engine} cannot do {feature}")


class BuildFailed(DaemonError):
    """The daemon carried out a build, and it failed."""

    def __init__(
        self, words: str, *, step: str | None = None, exit_code: int | None = None
    ) -> None:
        self.words = words
        """The daemon's own."""
        self.step = step
        """Name of the step that failed, such as `[2/4] RUN make`; None if no step did."""
        self.exit_code = exit_code
        """Of the command of a `RUN`; None if something else failed."""
        super().__init__(f'build failed in step "{step}": {words}' if step else words)


class ImageNotFound(DaemonError):
    """The daemon does not have the image."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f'the Docker daemon has no image "{reference}"')


class FailureReason(StrEnum):
    """Why a registry and a daemon did not agree, as far as their words tell."""

    UNAUTHORIZED = "unauthorized"
    """Nobody is logged in, or the password is wrong."""
    DENIED = "denied"
    """The account may not do this, or Docker Hub hides that the repository is missing."""
    NOT_FOUND = "not_found"
    """The registry has no such repository, tag or digest."""
    RATE_LIMITED = "rate_limited"
    """Too many requests; later it works."""
    QUOTA = "quota"
    """The account or project has no room left there."""
    IMMUTABLE_TAG = "immutable_tag"
    """The tag is there and must not be moved."""
    INVALID_REFERENCE = "invalid_reference"
    TLS = "tls"
    """The certificate is not accepted, or TLS is not spoken."""
    UNREACHABLE = "unreachable"
    """No such host, nobody listens, cut connection, no progress."""
    REGISTRY_ERROR = "registry_error"
    """The registry failed by itself (5xx), or lost what it was sent; later it may work."""
    UNVERIFIED = "unverified"
    """It was sent, and nobody says that it arrived; it may be there or not."""
    UNKNOWN = "unknown"

    @property
    def transient(self) -> bool:
        """Whether the same may work in a moment."""
        return self in (self.RATE_LIMITED, self.UNREACHABLE, self.REGISTRY_ERROR)


class TransferFailed(DaemonError):
    """An image was not pulled or pushed."""

    verb: str

    def __init__(
        self,
        reference: str,
        words: str,
        reason: FailureReason,
        retry_after_s: float | None = None,
    ) -> None:
        self.reference = reference
        self.words = words
        """Those of registry and daemon."""
        self.reason = reason
        self.retry_after_s = retry_after_s
        """When the registry wants to be asked again; None: it did not say."""
        super().__init__(f'cannot {self.verb} "{reference}": {words}')


class PullFailed(TransferFailed):
    """The registry did not give an image."""

    verb = "pull"


class PushFailed(TransferFailed):
    """The registry did not take an image."""

    verb = "push"
