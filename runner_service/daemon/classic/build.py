"""One build by the classic builder: `POST /build` with an archive.

It has no session: it cannot ask for anything, so it is told the logins of all registries that the
Dockerfile and the caches name, and no others.
"""

import asyncio
import base64
import json
from collections.abc import Iterator
from concurrent.futures import Executor

from freshet.references import InvalidReference, parse_reference
from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.recipe import Recipe, read_recipe
from runner_service.daemon.classic.archive import ContextArchive, streamed
from runner_service.daemon.classic.bases import base_images
from runner_service.daemon.classic.steps import Steps, exit_code
from runner_service.daemon.engine_api import EngineApi, EngineRefusal, Message, Query
from runner_service.daemon.errors import BuildFailed
from runner_service.daemon.port import (
    IDENTITY_TOKEN,
    BuildRequest,
    BuiltImage,
    OutputSink,
    OutputStream,
    RegistryUse,
)

_DOCKER_HUB = "docker.io"
_HUB_KEY = "https://index.docker.io/v1/"


async def build(
    request: BuildRequest, output: OutputSink, api: EngineApi, executor: Executor
) -> BuiltImage:
    """Build an image; see `Daemon.build`. Secrets, ssh and the like must not be asked for."""
    loop = asyncio.get_running_loop()
    context, recipe = await loop.run_in_executor(executor, _prepared, request)
    archive = ContextArchive(context, recipe)
    headers = [
        ("Content-Type", "application/x-tar"),
        ("X-Registry-Config", await _logins(request, recipe)),
    ]
    steps = Steps(request.observe)
    try:
        query = _query(request, archive.dockerfile)
        body = streamed(archive, executor)
        async with api.messages("/build", query, headers, body) as messages:
            image_id = None
            async for message in messages:
                image_id = _image_id(message) or image_id
                _tell(_lines(steps, message), output)
    except EngineRefusal as error:
        step, code = steps.current, exit_code(error.words)
        _tell(steps.end(error.words), output)
        raise BuildFailed(error.words, step=step, exit_code=code) from error
    _tell(steps.end(), output)
    if image_id is None:
        raise BuildFailed("the Docker daemon did not say which image it built")
    return BuiltImage(image_id=image_id, cache_use=steps.cache_use)


def _prepared(request: BuildRequest) -> tuple[ContextDirectory, Recipe]:
    context = ContextDirectory(request.context_directory)
    return context, read_recipe(context, request.dockerfile)


def _query(request: BuildRequest, dockerfile: str) -> Query:
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
        ("version", "1"),
        ("dockerfile", dockerfile),
        ("rm", "1"),  # no container of a step stays behind, whatever became of it
        ("forcerm", "1"),
        *(("t", reference) for reference in request.references),
        *((name, value) for name, value in given.items() if value is not None),
    ]


async def _logins(request: BuildRequest, recipe: Recipe) -> str:
    """Return the header that holds the account of each registry that may be asked."""
    config = {}
    source = request.credentials_for
    for domain in sorted(set(_domains(request, recipe))) if source else ():
        assert source is not None
        account = await source(RegistryUse(domain=domain))
        if account is None:
            continue
        key = _HUB_KEY if domain == _DOCKER_HUB else domain
        if account.username == IDENTITY_TOKEN:
            config[key] = {"identitytoken": account.password}
        else:
            config[key] = {"username": account.username, "password": account.password}
    return base64.urlsafe_b64encode(json.dumps(config).encode()).decode()


def _domains(request: BuildRequest, recipe: Recipe) -> Iterator[str]:
    caches = [cache.attributes["ref"] for cache in request.cache_from]
    for image in (*base_images(recipe.text, request.build_arguments), *caches):
        try:
            yield parse_reference(image).domain
        except InvalidReference:
            continue  # the daemon has better words for it


def _image_id(message: Message) -> str | None:
    aux = message.get("aux")
    return aux.get("ID") if isinstance(aux, dict) else None


def _lines(steps: Steps, message: Message) -> Iterator[bytes]:
    if "stream" in message:
        yield from steps.lines(message["stream"])
    elif "status" in message and not message.get("progressDetail"):
        words = " ".join(filter(None, (message.get("id"), message["status"])))
        yield from steps.lines(f"{words}\n")


def _tell(lines: Iterator[bytes], output: OutputSink) -> None:
    if text := b"".join(lines):
        output(OutputStream.STDOUT, text)
