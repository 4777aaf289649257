"""The order of a trial: each thing is tried when all before it worked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from freshet.distribution import Redactor, RegistryClient, Unacceptable, in_one_line, open_client
from registry_service.probing.checks import Check, Subject, not_tried, passed
from registry_service.probing.failures import explain, unacceptable
from registry_service.probing.judging import judge_greeting
from registry_service.probing.rights import try_login, try_pull, try_push
from registry_service.probing.target import Target

_LONGEST_MESSAGE = 800


async def probe(target: Target) -> tuple[Check, ...]:
    """Try `target` and return one check for each subject, in order.

    A caller who leaves ends the trial; an upload that was begun is dropped all the same.
    """
    redact = Redactor(target.credentials.username, target.secrets)
    found: dict[Subject, Check] = {}
    try:
        async with (
            asyncio.timeout(target.limits.total_s),
            open_client(target.endpoint, redact) as client,
            aclosing(_tried(client, target, redact)) as checks,
        ):
            async for check in checks:
                found[check.subject] = check
    except TimeoutError as error:
        check = explain(error, target, _first_missing(found))
        found[check.subject] = check
    except Unacceptable as error:
        check = unacceptable(error, target, _first_missing(found))
        found[check.subject] = check
    return tuple(_readable(found.get(each) or _left_out(each, target), redact) for each in Subject)


async def _tried(
    client: RegistryClient, target: Target, redact: Redactor
) -> AsyncGenerator[Check, None]:
    import httpx

    try:
        greeting = await client.greet()
    except (httpx.HTTPError, ssl.SSLError) as error:
        check = explain(error, target)
        if check.subject is Subject.TLS:
            yield passed(Subject.REACH, f'"{target.domain}" answers')
        yield check
        return
    yield (reached := judge_greeting(greeting, target, redact))
    yield _tls_check(client, target)
    if reached.failed:
        return
    yield (login := await try_login(client, target, redact, asked=greeting.status == 401))
    if login.failed or not target.path:
        return
    yield await try_pull(client, target, redact)
    yield await try_push(client, target, redact)


def _tls_check(client: RegistryClient, target: Target) -> Check:
    transport, domain = target.transport, target.domain
    if transport.plain_http:
        return not_tried(Subject.TLS, f'plain HTTP is spoken with "{domain}", as its record says')
    if not client.encrypted:
        return not_tried(Subject.TLS, f'"{domain}" speaks plain HTTP, which is fine on loopback')
    if transport.insecure_skip_verify:
        return not_tried(
            Subject.TLS, f'the certificate of "{domain}" is not verified, as its record says'
        )
    return passed(Subject.TLS, f'the certificate of "{domain}" is good')


def _left_out(subject: Subject, target: Target) -> Check:
    if subject in (Subject.PULL, Subject.PUSH) and not target.path:
        return not_tried(subject, "no repository was named")
    return not_tried(subject, "something before it failed")


def _first_missing(found: dict[Subject, Check]) -> Subject:
    return next((each for each in Subject if each not in found), Subject.PUSH)


def _readable(check: Check, redact: Redactor) -> Check:
    return replace(check, message=in_one_line(redact(check.message), _LONGEST_MESSAGE))
