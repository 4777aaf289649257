"""Moving images between a daemon and registries."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import quote

from runner_service.daemon.engine_api import EngineApi, EngineRefusal, Message
from runner_service.daemon.errors import (
    DaemonRefused,
    FailureReason,
    ImageNotFound,
    PullFailed,
    PushFailed,
)
from runner_service.daemon.port import (
    IDENTITY_TOKEN,
    Credentials,
    OutputSink,
    OutputStream,
    PushedImage,
)
from runner_service.daemon.reference import Reference

Each = TypeVar("Each")
_ACCOUNT = "X-Registry-Auth"
_NOT_HERE = re.compile("does not exist locally|tag does not exist|no such image", re.IGNORECASE)
_PUSHED = re.compile(r": digest: (?P<digest>sha256:[0-9a-f]{64}) size: (?P<size>\d+)$")
_REASONS = (
    ("toomanyrequests|too many requests|rate limit|HTTP 429", FailureReason.RATE_LIMITED),
    ("immutab|cannot be overwritten", FailureReason.IMMUTABLE_TAG),
    (
        "quota|storage limit|upper limit|maximum allowed number|insufficient storage",
        FailureReason.QUOTA,
    ),
    ("invalid reference|invalid repository name", FailureReason.INVALID_REFERENCE),
    (
        "unauthorized|no basic auth credentials|authentication required|incorrect username"
        "|token has expired",  # so says Amazon, behind `denied`
        FailureReason.UNAUTHORIZED,
    ),
    ("denied|forbidden|insufficient_scope|authorization failed", FailureReason.DENIED),
    (
        r"\b5\d\d [A-Z]|HTTP (408|5\d\d)|408 Request|blob (upload )?(unknown|invalid)|unknown blob",
        FailureReason.REGISTRY_ERROR,
    ),
    ("not found|manifest unknown|name unknown", FailureReason.NOT_FOUND),
    ("x509|certificate|tls: |server gave HTTP response", FailureReason.TLS),
    (
        "connection re(fused|set)|no such host|time(d )?out|deadline exceeded|no route to host"
        r"|unreachable|\bEOF\b|broken pipe|TLS handshake|no progress|closed network connection"
        r"|failed to do request|(read|write|readfrom) tcp",
        FailureReason.UNREACHABLE,
    ),
)
"""Words that give a reason away; the first match decides."""
IDLE_S = 300.0
"""After so long without any progress a transfer is given up."""
_STALLED = "there was no progress for a long time"


async def pull(
    api: EngineApi,
    reference: Reference,
    credentials: Credentials | None,
    output: OutputSink,
    idle_s: float = IDLE_S,
) -> None:
    """Pull an image; see `Daemon.pull`."""
    teller = _Teller(output)
    query = [("fromImage", reference.repository), ("tag", reference.tag)]
    try:
        async with api.messages("/images/create", query, [account_header(credentials)]) as messages:
            async for message in moving(messages, idle_s):
                teller.tell(message)
    except TimeoutError as error:
        raise PullFailed(str(reference), _STALLED, FailureReason.UNREACHABLE) from error
    except EngineRefusal as error:
        reason = reason_of(error.words, reference.repository)
        raise PullFailed(str(reference), error.words, reason) from error


async def push(
    api: EngineApi,
    reference: Reference,
    credentials: Credentials | None,
    output: OutputSink,
    idle_s: float = IDLE_S,
) -> PushedImage:
    """Push an image; see `Daemon.push`."""
    path = f"/images/{quote(reference.repository, safe='/:')}/push"
    teller, pushed = _Teller(output), None
    try:
        headers = [account_header(credentials)]
        async with api.messages(path, [("tag", reference.tag)], headers) as messages:
            async for message in moving(messages, idle_s):
                teller.tell(message)
                pushed = _pushed(reference, message) or pushed
    except TimeoutError as error:
        raise PushFailed(str(reference), _STALLED, FailureReason.UNREACHABLE) from error
    except EngineRefusal as error:
        if _NOT_HERE.search(error.words):
            raise ImageNotFound(str(reference)) from error
        reason = reason_of(error.words, reference.repository)
        raise PushFailed(str(reference), error.words, reason) from error
    if pushed is None:
        words = "the Docker daemon did not say under which digest"
        raise PushFailed(str(reference), words, FailureReason.UNKNOWN)
    return pushed


@asynccontextmanager
async def archive(
    api: EngineApi, image_id: str, idle_s: float = IDLE_S
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Lend an image as an archive; see `Daemon.archive`."""
    try:
        async with api.download(f"/images/{quote(image_id, safe='/:')}/get") as pieces:
            yield moving(pieces, idle_s)
    except TimeoutError as error:
        raise DaemonRefused("archive an image", None, _STALLED) from error
    except EngineRefusal as error:
        raise DaemonRefused("archive an image", error.status, error.words) from error


async def moving(messages: AsyncIterator[Each], idle_s: float) -> AsyncIterator[Each]:
    """Yield `messages`, or pieces of something.

    Raises:
        TimeoutError: there was none for `idle_s` seconds.
    """
    while True:
        try:
            async with asyncio.timeout(idle_s):
                message = await anext(messages)
        except StopAsyncIteration:
            return
        yield message


def reason_of(words: str, repository: str = "") -> FailureReason:
    """Return what the words of a registry or daemon about a repository mean, if that is known."""
    path = repository.partition("/")[2]
    # A repository may be called `denied`.
    said = words.replace(path, "") if path else words
    for pattern, reason in _REASONS:
        if re.search(pattern, said, re.IGNORECASE):
            return reason
    return FailureReason.UNKNOWN


def account(credentials: Credentials | None) -> dict[str, str]:
    """Return an account as the Engine API has it; nobody is empty."""
    if credentials is None:
        return {}
    if credentials.username == IDENTITY_TOKEN:
        return {"identitytoken": credentials.password}
    return {"username": credentials.username, "password": credentials.password}


def account_header(credentials: Credentials | None) -> tuple[str, str]:
    """Return the header that logs in for one request; without an account, as nobody."""
    told = json.dumps(account(credentials)).encode()
    return _ACCOUNT, base64.urlsafe_b64encode(told).decode()


class _Teller:
    """Tells what happens to the layers, without every step of their progress bars."""

    def __init__(self, output: OutputSink) -> None:
        self._output = output
        self._last: dict[str, str] = {}

    def tell(self, message: Message) -> None:
        status, layer = message.get("status"), message.get("id", "")
        if status and self._last.get(layer) != status:
            self._last[layer] = status
            line = f"{layer}: {status}\n" if layer else f"{status}\n"
            self._output(OutputStream.STDOUT, line.encode())


def _pushed(reference: Reference, message: Message) -> PushedImage | None:
    """Return what was pushed, if this is the message that says so."""
    record = message.get("aux", {})
    if "Digest" in record:
        digest, size_bytes = record["Digest"], record["Size"]
    elif told := _PUSHED.search(message.get("status", "")):  # all that the containerd store gives
        digest, size_bytes = told["digest"], int(told["size"])
    else:
        return None
    return PushedImage(reference=str(reference), digest=digest, manifest_size_bytes=size_bytes)
