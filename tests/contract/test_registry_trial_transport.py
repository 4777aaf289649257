"""What clients learn of how a registry that is tried is reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from freshet.registry.v1.registry_pb2 import RegistryTransport
from tests.contract.registry import PASSWORD, Harness, serving
from tests.contract.registry_endpoint import (
    Handler,
    always,
    answering,
    basic_registry,
    bearer_registry,
    connected,
    server_tls,
)
from tests.contract.trial import FAILED, NOT_TRIED, PASSED, Trial, draft, try_draft
from tests.engine.certificates import Authority

ERROR = '{{"errors": [{{"code": "{}", "message": "{}"}}]}}'


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state") as harness:
        yield harness


async def trial(harness: Harness, handler: Handler, repository: str = "", **login: str) -> Trial:
    async with answering(handler) as endpoint:
        return await try_draft(harness, draft(endpoint.domain, **login), repository)


async def test_closed_port_is_unreachable(harness: Harness) -> None:
    async with answering(always(200)) as endpoint:
        pass

    tried = await try_draft(harness, draft(endpoint.domain))

    assert tried.reasons == {"REACH": "CONNECTION_REFUSED"}
    assert endpoint.domain in tried.messages["REACH"]
    assert tried.outcomes["TLS"] == NOT_TRIED


async def test_server_that_hangs_up_is_told(harness: Harness) -> None:
    registry = draft("", transport=RegistryTransport(insecure_skip_verify=True))

    async def hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async with connected(hang_up) as registry.domain:
        tried = await try_draft(harness, registry)

    assert tried.reasons == {"REACH": "CONNECTION_BROKEN"}


async def test_loopback_registry_without_tls_is_reached_without_being_told(
    harness: Harness,
) -> None:
    async with answering(basic_registry("ann", PASSWORD)) as endpoint:
        registry = draft(endpoint.domain, transport=RegistryTransport())
        tried = await try_draft(harness, registry)

    assert (tried.outcomes["TLS"], tried.outcomes["LOGIN"]) == (NOT_TRIED, PASSED)
    assert "fine on loopback" in tried.messages["TLS"]


@pytest.mark.parametrize(
    ("host", "days", "trusted", "unverified", "outcome", "reason"),
    [
        ("127.0.0.1", 9, "own", False, PASSED, ""),
        ("127.0.0.1", 9, "", True, NOT_TRIED, ""),
        ("127.0.0.1", 9, "", False, FAILED, "CERTIFICATE_AUTHORITY_UNKNOWN"),
        ("127.0.0.1", 9, "other", False, FAILED, "CERTIFICATE_AUTHORITY_UNKNOWN"),
        ("127.0.0.1", -9, "own", False, FAILED, "CERTIFICATE_EXPIRED"),
        ("registry.test", 9, "own", False, FAILED, "CERTIFICATE_FOR_OTHER_HOST"),
    ],
)
async def test_certificate_is_verified_as_the_registry_says(
    harness: Harness,
    tmp_path: Path,
    host: str,
    days: int,
    trusted: str,
    unverified: bool,
    outcome: str,
    reason: str,
) -> None:
    authorities = {"own": Authority.new("Private"), "other": Authority.new("Other")}
    tls = server_tls(authorities["own"].issue(host, life=timedelta(days=days)), tmp_path)
    known = authorities[trusted].pair().certificate.decode() if trusted else ""
    transport = RegistryTransport(ca_certificates_pem=known, insecure_skip_verify=unverified)

    async with answering(always(200), tls) as endpoint:
        tried = await try_draft(harness, draft(endpoint.domain, transport=transport))

    assert tried.outcomes["REACH"] == PASSED
    assert tried.outcomes["TLS"] == outcome
    assert tried.reasons.get("TLS", "") == reason


async def test_certificate_signed_by_itself_is_told(harness: Harness, tmp_path: Path) -> None:
    tls = server_tls(Authority.new("127.0.0.1").pair(), tmp_path)

    async with answering(always(200), tls) as endpoint:
        registry = draft(endpoint.domain, transport=RegistryTransport())
        tried = await try_draft(harness, registry)

    assert tried.reasons == {"TLS": "CERTIFICATE_SELF_SIGNED"}


async def test_token_endpoint_without_tls_gets_no_password(
    harness: Harness, tmp_path: Path
) -> None:
    authority = Authority.new("Private")
    tls = server_tls(authority.issue("127.0.0.1"), tmp_path)
    transport = RegistryTransport(ca_certificates_pem=authority.pair().certificate.decode())

    async with (
        answering(always(200)) as tokens,
        answering(bearer_registry("ann", PASSWORD, f"http://{tokens.domain}/"), tls) as endpoint,
    ):
        tried = await try_draft(harness, draft(endpoint.domain, transport=transport))

    assert tried.reasons == {"LOGIN": "ANSWER_UNACCEPTABLE"}
    assert not tokens.requests
