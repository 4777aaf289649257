"""Tries the login, and what it may do in a repository. Nothing stays behind."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from registry_service.probing.checks import Check, Subject, failed
from registry_service.probing.client import RegistryClient
from registry_service.probing.errors import TokenRefused, TrialError, Unacceptable
from registry_service.probing.failures import explain, unacceptable
from registry_service.probing.judging import judge_login, judge_right
from registry_service.probing.target import Target
from registry_service.probing.urls import joined
from registry_service.probing.words import Answer, Redactor, words_of

if TYPE_CHECKING:
    from collections.abc import Coroutine

_Result = TypeVar("_Result")
_Judge = Callable[[Answer], Check]
_TAG_OF_NOBODY = "freshet-test"
"""Asking for it shows the right to pull, and counts as no pull: it is hardly there."""


async def try_login(
    client: RegistryClient, target: Target, redact: Redactor, *, asked: bool
) -> Check:
    """Log in; `asked` says whether the registry asked for it when it was greeted."""
    if target.refusal:
        return failed(Subject.LOGIN, "CREDENTIALS_UNAVAILABLE", target.refusal)
    return await _judged(
        Subject.LOGIN,
        client.send("GET", "/v2/"),
        lambda answer: judge_login(answer, target, redact, asked=asked),
        target,
    )


async def try_pull(client: RegistryClient, target: Target, redact: Redactor) -> Check:
    """Ask for an image that is not there."""
    path = quote(target.path)
    return await _judged(
        Subject.PULL,
        client.send("GET", f"/v2/{path}/manifests/{_TAG_OF_NOBODY}", f"repository:{path}:pull"),
        lambda answer: judge_right(Subject.PULL, answer, target, redact),
        target,
    )


async def try_push(client: RegistryClient, target: Target, redact: Redactor) -> Check:
    """Begin an upload and drop it."""
    path = quote(target.path)
    scope = f"repository:{path}:pull,push"
    left: list[str] = []

    async def upload() -> Answer:
        begun = await client.send("POST", f"/v2/{path}/blobs/uploads/", scope)
        if begun.status == 202:
            left.append(await _to_the_end(_drop(client, begun, redact)))
        return begun

    def judge(begun: Answer) -> Check:
        check = judge_right(Subject.PUSH, begun, target, redact)
        return replace(check, message=check.message + "".join(left))

    return await _judged(Subject.PUSH, upload(), judge, target)


async def _drop(client: RegistryClient, begun: Answer, redact: Redactor) -> str:
    """Drop the upload that was begun; return what to say when the registry does not."""
    import httpx

    try:
        url = joined(begun.url, begun.headers.get("location", ""))
        # The right to drop has a name of the registry's choice: its challenge tells.
        answer = await client.send("DELETE", url)
        words = words_of(answer, redact) if answer.status >= 400 else ""
    except (TrialError, httpx.HTTPError, ssl.SSLError) as error:
        words = str(error) or type(error).__name__
    left = "the upload that was begun is left for the registry to drop"
    return f"; {left} ({words})" if words else ""


async def _judged(
    subject: Subject, answering: Awaitable[Answer], judge: _Judge, target: Target
) -> Check:
    import httpx

    try:
        return judge(await answering)
    except TokenRefused as error:
        return judge(error.answer)
    except Unacceptable as error:
        return unacceptable(error, target, subject)
    except (httpx.HTTPError, ssl.SSLError) as error:
        # The token endpoint may be another host: its failure is no news about TLS here.
        return replace(explain(error, target, subject), subject=subject)


async def _to_the_end(work: Coroutine[None, None, _Result]) -> _Result:
    """Await `work` even when the caller leaves meanwhile; it has a limit of its own."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
