"""A trial ends in time, and tidies up when its caller leaves."""

from __future__ import annotations

import asyncio

import pytest

from freshet.distribution import Limits
from registry_service.credentials import Credentials
from registry_service.probing import Outcome, Subject, Target, probe
from registry_service.registries import Transport
from tests.contract.registry_endpoint import Answer, Request, answering, connected


def target(domain: str, limits: Limits) -> Target:
    return Target(
        credentials=Credentials(domain=domain),
        transport=Transport(plain_http=True),
        path="app",
        limits=limits,
    )


@pytest.mark.parametrize(
    "limits", [Limits(total_s=0.5), Limits(wait_s=0.3)], ids=["in all", "for an answer"]
)
async def test_server_that_says_nothing_is_given_up(limits: Limits) -> None:
    async def keep_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with connected(keep_silent) as domain:
        checks = await probe(target(domain, limits))

    assert [check.reason for check in checks if check.failed] == ["TIMED_OUT"]
    assert checks[0].subject is Subject.REACH


async def test_server_that_drips_is_given_up() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        gone = asyncio.create_task(reader.read())
        while not gone.done():
            writer.write(b".")
            await asyncio.wait([gone], timeout=0.05)

    async with connected(drip) as domain:
        checks = await probe(target(domain, Limits(total_s=0.8, wait_s=5)))

    assert [check.reason for check in checks if check.failed] == ["TIMED_OUT"]


async def test_upload_is_dropped_though_the_caller_leaves() -> None:
    trial: list[asyncio.Task[object]] = []

    def handle(request: Request) -> Answer:
        if request.method == "POST":
            return Answer(status=202, headers={"Location": "/upload"})
        if request.target == "/upload":
            trial[0].cancel()
            return Answer(status=307, headers={"Location": "/onward"})
        return Answer(status=200)

    async with answering(handle) as endpoint:
        trial.append(asyncio.create_task(probe(target(endpoint.domain, Limits()))))
        await asyncio.wait(trial)

    assert trial[0].cancelled()
    dropped = [each.target for each in endpoint.requests if each.method == "DELETE"]
    assert dropped == ["/upload", "/onward"]


async def test_all_subjects_are_answered_in_order() -> None:
    async with answering(lambda _: Answer(status=200)) as endpoint:
        checks = await probe(target(endpoint.domain, Limits()))

    assert [check.subject for check in checks] == list(Subject)
    assert checks[3].outcome is Outcome.PASSED
