"""What a daemon cannot build, said before any work; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner_service.daemon.errors import BuildUnsupported
from runner_service.daemon.port import BuilderKind, BuildRequest, DaemonDescription, ImageStore

_CONTAINERD_HELP = (
    'needs the containerd image store: Docker 24 or newer with `{"features": '
    '{"containerd-snapshotter": true}}` in its daemon.json'
)
_BUILDKIT_HELP = (
    'needs BuildKit: a daemon whose daemon.json does not say `{"features": {"buildkit": false}}`'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a build asks for that not every daemon does."""

    platforms: Sequence[str] = ()
    cache_written: bool = False
    """Whether a build cache goes to a registry."""
    secrets: bool = False
    ssh: bool = False

    @property
    def unusual(self) -> bool:
        """Whether there is anything that some daemon could lack."""
        return needs_control(self) or self.secrets or self.ssh


def demand_of(request: BuildRequest) -> Demand:
    """Return what a request asks for."""
    return Demand(
        platforms=request.platforms,
        cache_written=bool(request.cache_to),
        secrets=bool(request.secrets),
        ssh=bool(request.ssh_agents),
    )


def needs_control(demand: Demand) -> bool:
    """Tell whether a build asks for what `POST /build` cannot say."""
    return demand.cache_written or len(demand.platforms) > 1


def require_support(demand: Demand, daemon: DaemonDescription) -> None:
    """Check what a build asks for.

    Raises:
        BuildUnsupported: for the first thing that the daemon cannot do.
    """
    for feature, help in _missing(demand, daemon):
        raise BuildUnsupported(feature, _engine(daemon), help)


def _missing(demand: Demand, daemon: DaemonDescription) -> Iterator[tuple[str, str]]:
    classic = daemon.builder is BuilderKind.CLASSIC
    if classic and demand.secrets:
        yield "secrets of a build (`RUN --mount=type=secret`)", _BUILDKIT_HELP
    if classic and demand.ssh:
        yield "ssh agents of a build (`RUN --mount=type=ssh`)", _BUILDKIT_HELP
    if daemon.image_store is ImageStore.CONTAINERD and not classic:
        return
    help = _BUILDKIT_HELP if classic else _CONTAINERD_HELP
    if len(demand.platforms) > 1:
        yield f"images of several platforms ({', '.join(demand.platforms)})", help
    if demand.cache_written:
        yield "writing a build cache to a registry (`cache_to`)", help


def _engine(daemon: DaemonDescription) -> str:
    builder = "" if daemon.builder is BuilderKind.BUILDKIT else f" and {daemon.builder}"
    return f"Docker {daemon.engine_version} with the image store {daemon.image_store}{builder}"
