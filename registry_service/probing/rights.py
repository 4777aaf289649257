"""Tries the login, and what it may do in a repository. Nothing stays behind."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import quote

from freshet.distribution import Answer, Redactor, RegistryClient, TokenRefused, Unacceptable
from registry_service.probing.checks import Check, Subject, failed
from registry_service.probing.failures import explain, unacceptable
from registry_service.probing.judging import judge_login, judge_right
from registry_service.probing.target import Target

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
    left: list[str] = []

    async def upload() -> Answer:
        begun = await client.begin_upload(target.path)
        if begun.status == 202:
            left.append(await client.drop_upload(begun))
        return begun

    def judge(begun: Answer) -> Check:
        check = judge_right(Subject.PUSH, begun, target, redact)
        return replace(check, message=check.message + "".join(left))

    return await _judged(Subject.PUSH, upload(), judge, target)


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
