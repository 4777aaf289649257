"""What a daemon tells of a build, as events of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from google.protobuf.timestamp_pb2 import Timestamp

from freshet.runner.v1.run_pb2 import BuildProgress, BuiltImage
from runner_service.context import OperationContext
from runner_service.daemon.port import (
    BuildEvent,
    CacheUse,
    OutputClipped,
    SyntaxUnused,
    VertexProgress,
)

CACHE_USES = {
    CacheUse.NONE: BuiltImage.CACHE_USE_NONE,
    CacheUse.PARTIAL: BuiltImage.CACHE_USE_PARTIAL,
    CacheUse.FULL: BuiltImage.CACHE_USE_FULL,
}


def telling(context: OperationContext) -> Callable[[BuildEvent], None]:
    """Return what passes events of one build on to the watchers."""
    clipped: set[str] = set()

    def tell(event: BuildEvent) -> None:
        match event:
            case VertexProgress():
                context.show_progress(_progress(event))
            case OutputClipped():
                if event.vertex not in clipped:  # both of its streams may be
                    vertex = context.shorten(event.vertex)
                    context.warn("OUTPUT_CLIPPED", _clipped(event, vertex), _CLIPPED_HELP)
                clipped.add(event.vertex)
            case SyntaxUnused():
                context.warn("SYNTAX_UNUSED", _unused(event), _UNUSED_HELP)
            case _:
                assert_never(event)

    return tell


def _progress(vertex: VertexProgress) -> BuildProgress:
    ended_ns = vertex.completed_ns
    return BuildProgress(
        number=vertex.number,
        name=vertex.name,
        start_time=_time(vertex.started_ns),
        end_time=None if ended_ns is None else _time(ended_ns),
        cached=vertex.cached,
        error=vertex.error,
    )


def _time(since_epoch_ns: int) -> Timestamp:
    return Timestamp(seconds=since_epoch_ns // 10**9, nanos=since_epoch_ns % 10**9)


def _clipped(event: OutputClipped, vertex: str) -> str:
    return f'the Docker daemon dropped output of "{vertex}": {event.words}'


def _unused(event: SyntaxUnused) -> str:
    return f'"# syntax={event.image}" is not used: the frontend of the Docker daemon reads the file'


_CLIPPED_HELP = (
    "start the daemon with BUILDKIT_STEP_LOG_MAX_SIZE=-1 and BUILDKIT_STEP_LOG_MAX_SPEED=-1 in its "
    "environment to keep all of it"
)
_UNUSED_HELP = "what that frontend has and the daemon's own has not is a mistake in the Dockerfile"
