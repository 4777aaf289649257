"""What a daemon cannot build, said before any work; pure."""

from __future__ import annotations

from collections.abc import Sequence

from runner_service.daemon.errors import BuildUnsupported
from runner_service.daemon.port import BuildRequest, DaemonDescription, ImageStore

_CONTAINERD_HELP = (
    'needs the containerd image store: Docker 24 or newer with `{"features": '
    '{"containerd-snapshotter": true}}` in its daemon.json'
)


def needs_control(request: BuildRequest) -> bool:
    """Tell whether a build asks for what `POST /build` cannot say."""
    return bool(request.cache_to) or len(request.platforms) > 1


def require_request(request: BuildRequest, daemon: DaemonDescription) -> None:
    """Check a request; raises as `require_support`."""
    require_support(request.platforms, cache_written=bool(request.cache_to), daemon=daemon)


def require_support(
    platforms: Sequence[str], *, cache_written: bool, daemon: DaemonDescription
) -> None:
    """Check a build for `platforms` that writes a cache to a registry, or does not.

    Raises:
        BuildUnsupported: for the first thing that the daemon cannot do.
    """
    if daemon.image_store is ImageStore.CONTAINERD:
        return
    if len(platforms) > 1:
        feature = f"images of several platforms ({', '.join(platforms)})"
        raise BuildUnsupported(feature, _engine(daemon), _CONTAINERD_HELP)
    if cache_written:
        feature = "writing a build cache to a registry (`cache_to`)"
        raise BuildUnsupported(feature, _engine(daemon), _CONTAINERD_HELP)


def _engine(daemon: DaemonDescription) -> str:
    return f"Docker {daemon.engine_version} with the image store {daemon.image_store}"
