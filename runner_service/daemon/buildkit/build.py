"""One build, from request to image."""

import asyncio
import base64
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from hashlib import sha256

from runner_service.daemon.buildkit.answers import Answers
from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.control import control
from runner_service.daemon.buildkit.filesync import ContextTree, DockerfileTree, Tree
from runner_service.daemon.buildkit.frontend import for_built_in_frontend
from runner_service.daemon.buildkit.recipe import Recipe, read_recipe
from runner_service.daemon.buildkit.session import session
from runner_service.daemon.buildkit.solve import solve
from runner_service.daemon.buildkit.trace import Line, Trace, tell
from runner_service.daemon.buildkit.wire_pb2 import Progress
from runner_service.daemon.engine_api import EngineApi, EngineRefusal, Message, Query
from runner_service.daemon.errors import BuildFailed, DaemonRefused
from runner_service.daemon.port import (
    BuildRequest,
    BuiltImage,
    InlineDockerfile,
    OutputSink,
    OutputStream,
    SyntaxUnused,
)
from runner_service.daemon.support import demand_of, needs_control

_MACHINE = f"{uuid.getnode():x}"
_TRACE = "moby.buildkit.trace"
_IMAGE_ID = "moby.image.id"


async def build(
    request: BuildRequest, output: OutputSink, api: EngineApi, executor: Executor
) -> BuiltImage:
    """Build an image; see `Daemon.build`."""
    loop = asyncio.get_running_loop()
    context, recipe = await loop.run_in_executor(executor, _prepared, request)
    recipe = _for_engine(recipe, request)
    trees: dict[str, Tree] = {
        "context": ContextTree(context, recipe),
        "dockerfile": DockerfileTree(recipe),
    }
    answers = Answers(request, trees, executor)
    try:
        async with session(api, answers.services, _shared_key(request)) as session_id:
            trace = Trace(request.observe)
            if needs_control(demand_of(request)):
                async with control(api) as own:
                    return await solve(own, request, recipe.name, session_id, trace, output)
            return await _carried_out(api, _query(request, recipe, session_id), trace, output)
    except BuildFailed:
        if answers.trouble is not None:
            raise answers.trouble from None
        raise
    except EngineRefusal as error:
        raise DaemonRefused("open a session for a build", error.status, error.words) from error


def _prepared(request: BuildRequest) -> tuple[ContextDirectory, Recipe]:
    context = ContextDirectory(request.context_directory)
    return context, read_recipe(context, request.dockerfile)


def _for_engine(recipe: Recipe, request: BuildRequest) -> Recipe:
    built_in = for_built_in_frontend(recipe.text)
    if built_in.replaced is None:
        return recipe
    request.observe(SyntaxUnused(image=built_in.replaced))
    return replace(recipe, text=built_in.text)


def _shared_key(request: BuildRequest) -> str:
    """Return what two builds share if the daemon may compare their contexts file by file.

    It forgets what a build does not want; so builds by other Dockerfiles, which want other files,
    share nothing.
    """
    recipe = "" if isinstance(request.dockerfile, InlineDockerfile) else request.dockerfile.path
    parts = (_MACHINE, request.context_directory, recipe, request.target or "")
    return sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _query(request: BuildRequest, recipe: Recipe, session_id: str) -> Query:
    """Return the parameters of `POST /build`; see the Engine API's `ImageBuild`."""
    given = {
        "target": request.target,
        "platform": request.platforms[0] if request.platforms else None,
        "nocache": "1" if request.cache_disabled else None,
        "pull": "1" if request.pull else None,
        "buildargs": json.dumps(dict(request.build_arguments)),
        "labels": json.dumps(dict(request.labels)),
        "cachefrom": json.dumps([cache.attributes["ref"] for cache in request.cache_from]),
    }
    return [
        ("version", "2"),  # BuildKit
        ("remote", "client-session"),
        ("session", session_id),
        ("dockerfile", recipe.name),
        *(("t", reference) for reference in request.references),
        *((name, value) for name, value in given.items() if value is not None),
    ]


async def _carried_out(
    api: EngineApi, query: Query, trace: Trace, output: OutputSink
) -> BuiltImage:
    image_id = None
    try:
        async with api.messages("/build", query) as messages:
            async for message in messages:
                image_id = _image_id(message) or image_id
                tell(_lines(trace, message), output)
        tell(trace.rest(), output)
    except EngineRefusal as error:
        tell(trace.rest(), output)
        step = trace.failed_step
        raise BuildFailed(
            error.words,
            step=step.name if step else None,
            exit_code=step.exit_code if step else None,
        ) from error
    if image_id is None:
        raise BuildFailed("the Docker daemon did not say which image it built")
    return BuiltImage(image_id=image_id, cache_use=trace.cache_use)


def _image_id(message: Message) -> str | None:
    return message["aux"]["ID"] if message.get("id") == _IMAGE_ID else None


def _lines(trace: Trace, message: Message) -> Iterator[Line]:
    if message.get("id") == _TRACE:
        yield from trace.lines(Progress.FromString(base64.b64decode(message["aux"])))
    elif "stream" in message:
        yield OutputStream.STDOUT, message["stream"].encode()
