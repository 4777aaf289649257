"""One build by BuildKit's own API: what `POST /build` cannot say."""

import asyncio
import json
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress

import grpc
import grpc.aio

from freshet.references import parse_reference
from runner_service.daemon.buildkit.control import Control
from runner_service.daemon.buildkit.trace import Trace, tell
from runner_service.daemon.buildkit.wire_pb2 import CacheOptions, CacheOptionsEntry, SolveRequest
from runner_service.daemon.errors import BuildFailed
from runner_service.daemon.port import BuildRequest, BuiltImage, CacheEntry, OutputSink

_DIGEST = "containerimage.digest"
_PROGRESS_END_S = 5.0
"""How long the last words of a build may take after its end."""


async def solve(
    control: Control, request: BuildRequest, dockerfile: str, session_id: str,
    trace: Trace, output: OutputSink,
) -> BuiltImage:  # fmt: skip
    """Build the Dockerfile of that name; raises `BuildFailed`."""
    message = solve_request(request, dockerfile, session_id)
    call = control.solve(message)
    listening = asyncio.create_task(_listen(control, message.ref, trace, output))
    try:
        answer = dict((await call).exporter_response)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PROGRESS_END_S):
                await listening
    except grpc.aio.AioRpcError as error:
        # The failed step is told by the progress, which may come after the failure.
        await asyncio.wait([listening], timeout=_PROGRESS_END_S)
        step = trace.failed_step
        raise BuildFailed(
            error.details() or error.code().name,
            step=step.name if step else None,
            exit_code=step.exit_code if step else None,
        ) from error
    finally:
        call.cancel()
        listening.cancel()
        await asyncio.wait([listening])
        tell(trace.rest(), output)
    if _DIGEST not in answer:
        raise BuildFailed("the Docker daemon did not say which image it built")
    return BuiltImage(image_id=answer[_DIGEST], cache_use=trace.cache_use)


async def _listen(control: Control, ref: str, trace: Trace, output: OutputSink) -> None:
    # The end of the progress needs no word of its own: the build ends with one.
    with suppress(grpc.aio.AioRpcError):
        async for progress in control.progress(ref):
            tell(trace.lines(progress), output)


def solve_request(request: BuildRequest, dockerfile: str, session_id: str) -> SolveRequest:
    """Return the message that asks for a build; pure but for a random name."""
    imports = [_entry(each) for each in request.cache_from]
    return SolveRequest(
        ref=uuid.uuid4().hex,
        exporter="moby",
        exporter_attrs={"name": ",".join(_whole(request.references)), "unpack": "true"},
        session=session_id,
        frontend="dockerfile.v0",
        frontend_attrs=_frontend_attributes(request, dockerfile),
        cache=CacheOptions(exports=[_entry(each) for each in request.cache_to], imports=imports),
    )


def _frontend_attributes(request: BuildRequest, dockerfile: str) -> Mapping[str, str]:
    given = {
        "filename": dockerfile,
        "target": request.target,
        "platform": ",".join(request.platforms) or None,
        "no-cache": "" if request.cache_disabled else None,
        "image-resolve-mode": "pull" if request.pull else "default",
        # The frontend reads caches that are imported from here alone.
        "cache-imports": json.dumps(
            [{"Type": each.type, "Attrs": dict(each.attributes)} for each in request.cache_from]
        )
        if request.cache_from
        else None,
    }
    named = {f"build-arg:{name}": value for name, value in request.build_arguments.items()}
    named |= {f"label:{name}": value for name, value in request.labels.items()}
    return {name: value for name, value in given.items() if value is not None} | named


def _entry(cache: CacheEntry) -> CacheOptionsEntry:
    return CacheOptionsEntry(type=cache.type, attrs=dict(cache.attributes))


def _whole(references: Iterable[str]) -> list[str]:
    return [str(parse_reference(reference)) for reference in references]
