"""Credentials that a Docker credential helper keeps.

Source: github.com/docker/docker-credential-helpers, "Development": the server's address on the
standard input of `get`, a JSON object on the standard output, errors there too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping

from freshet.references import DOCKER_HUB
from registry_service.credentials import Credentials
from registry_service.errors import HelperFailed
from registry_service.registries import HelperLogin, Registry

_TIMEOUT_S = 15.0
_MOST_BYTES = 64 * 1024
_MOST_WORDS = 200
_SERVERS = {DOCKER_HUB: "https://index.docker.io/v1/"}
_OWN_VARIABLES = "FRESHET_"
_NOT_FOUND = "credentials not found"  # the protocol has these words, and no exit status, for it
_HELP = "try the helper alone, as the user of the registry service"


async def helper_credentials(
    registry: Registry,
    login: HelperLogin,
    environment: Mapping[str, str],
    timeout_s: float = _TIMEOUT_S,
) -> Credentials:
    """Ask the helper. It sees `environment` without the variables of the service itself.

    Raises:
        HelperFailed: it is missing, fails, takes too long, or answers nonsense.
    """
    name = f"docker-credential-{login.suffix}"
    program = shutil.which(name, path=environment.get("PATH", ""))
    if program is None:
        raise HelperFailed(
            registry.id, name, "is not found in the PATH of the service", "install it there"
        )
    server = _SERVERS.get(registry.domain, registry.domain)
    seen = {k: v for k, v in environment.items() if not k.startswith(_OWN_VARIABLES)}
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            "get",
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=seen,
            start_new_session=True,
        )
    except OSError as error:
        cause = f"cannot be started: {error.strerror}"
        raise HelperFailed(registry.id, name, cause, _HELP) from error
    try:
        async with asyncio.timeout(timeout_s):
            output = await _converse(process, server)
            status = await process.wait()
    except TimeoutError as error:
        cause = f"gave no answer in {timeout_s:g} s"
        raise HelperFailed(registry.id, name, cause, _HELP) from error
    finally:
        await _end(process)
    if status:
        raise _failed(registry, name, output, status)
    return _read(registry, name, output)


async def _converse(process: Process, server: str) -> bytes:
    assert process.stdin and process.stdout, "both are pipes"
    try:
        process.stdin.write(server.encode())
        await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it did not want to know the server; what it says counts
    output = b""
    while piece := await process.stdout.read(_MOST_BYTES):
        output += piece
        if len(output) > _MOST_BYTES:
            _kill(process)
            break
    return output


async def _end(process: Process) -> None:
    if process.returncode is None:
        _kill(process)
        await process.wait()


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # and what it started itself


def _failed(registry: Registry, name: str, output: bytes, status: int) -> HelperFailed:
    words = " ".join(output.decode(errors="replace").split())
    if words.startswith(_NOT_FOUND):
        cause = f'has no credentials for "{registry.domain}"'
        return HelperFailed(registry.id, name, cause, "store them with `docker login`", status)
    if len(output) > _MOST_BYTES:
        cause = f"wrote more than {_MOST_BYTES} bytes"
    elif "{" in words or not words:  # rather an object with a secret than a sentence
        cause = "failed"
    else:
        cause = f"failed: {words[:_MOST_WORDS]}"
    return HelperFailed(registry.id, name, cause, _HELP, status)


def _read(registry: Registry, name: str, output: bytes) -> Credentials:
    try:
        answer = json.loads(output)
        username, secret = answer["Username"], answer["Secret"]
    except (ValueError, LookupError, TypeError):
        username = secret = None
    if not isinstance(username, str) or not isinstance(secret, str) or not secret:
        raise HelperFailed(
            registry.id, name, "answers without `Username` and `Secret`", _HELP
        ) from None
    return Credentials(domain=registry.domain, username=username, password=secret)
