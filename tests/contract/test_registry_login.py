"""What clients learn of a login to a registry."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import (
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistryTransport,
)
from tests.contract.registry import PASSWORD, Harness, serving
from tests.contract.registry_endpoint import (
    Answer,
    Handler,
    answering,
    basic,
    basic_registry,
    bearer_registry,
)
from tests.engine.certificates import Authority

_Verified = messages.VerifyRegistryLoginResponse


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state") as harness:
        yield harness


async def verify(
    harness: Harness, domain: str, username: str = "ann", password: str = PASSWORD
) -> messages.VerifyRegistryLoginResponse:
    registry = Registry(
        provider=Registry.PROVIDER_OTHER,
        domain=domain,
        transport=RegistryTransport(plain_http=True),
    )
    if username:
        login = PasswordLogin(username=username, password=password)
        registry.login.CopyFrom(RegistryLogin(password=login))
    await harness.create("mine", registry)
    return await _verify(harness)


async def _verify(harness: Harness) -> messages.VerifyRegistryLoginResponse:
    request = messages.VerifyRegistryLoginRequest(name="registries/mine")
    return await harness.stub.VerifyRegistryLogin(request)


async def test_basic_login_is_accepted(harness: Harness) -> None:
    async with answering(basic_registry("ann", PASSWORD)) as domain:
        verified = await verify(harness, domain)

    assert verified.outcome == _Verified.OUTCOME_ACCEPTED
    assert verified.message == f'"{domain}" accepted the login of "ann"'


async def test_refused_login_has_the_registrys_words_and_not_the_password(
    harness: Harness,
) -> None:
    async with answering(basic_registry("ann", PASSWORD)) as domain:
        verified = await verify(harness, domain, username="bob")

    assert verified.outcome == _Verified.OUTCOME_REFUSED
    assert "HTTP 401: go away" in verified.message
    assert PASSWORD not in verified.message
    assert basic("bob", PASSWORD).split()[1] not in verified.message


async def test_login_over_a_token_is_accepted(harness: Harness) -> None:
    handlers: list[Handler] = []
    async with answering(lambda target, given: handlers[0](target, given)) as domain:
        handlers.append(bearer_registry("ann", PASSWORD, f"http://{domain}/token"))
        verified = await verify(harness, domain)

    assert verified.outcome == _Verified.OUTCOME_ACCEPTED


async def test_refused_token_has_the_token_endpoints_words(harness: Harness) -> None:
    handlers: list[Handler] = []
    async with answering(lambda target, given: handlers[0](target, given)) as domain:
        handlers.append(bearer_registry("ann", "other", f"http://{domain}/token"))
        verified = await verify(harness, domain)

    assert verified.outcome == _Verified.OUTCOME_REFUSED
    assert "incorrect username or password" in verified.message


async def test_open_registry_accepts_everybody(harness: Harness) -> None:
    async with answering(lambda _target, _given: Answer(status=200)) as domain:
        verified = await verify(harness, domain, username="")

    assert verified.outcome == _Verified.OUTCOME_ACCEPTED
    assert "anonymous" in verified.message


async def test_failing_registry_counts_as_unreachable(harness: Harness) -> None:
    async with answering(lambda _target, _given: Answer(status=503, body="too busy")) as domain:
        verified = await verify(harness, domain)

    assert verified.outcome == _Verified.OUTCOME_UNREACHABLE
    assert "HTTP 503: too busy" in verified.message


@pytest.mark.parametrize("realm", ["not a url", "http://[bad", "ftp://127.0.0.1/token"])
async def test_senseless_token_endpoint_counts_as_unreachable(harness: Harness, realm: str) -> None:
    async with answering(bearer_registry("ann", PASSWORD, realm)) as domain:
        verified = await verify(harness, domain)

    assert verified.outcome == _Verified.OUTCOME_UNREACHABLE


async def test_closed_port_counts_as_unreachable(harness: Harness) -> None:
    async with answering(lambda _target, _given: Answer(status=200)) as domain:
        pass

    verified = await verify(harness, domain)

    assert verified.outcome == _Verified.OUTCOME_UNREACHABLE
    assert domain in verified.message


async def test_loopback_registry_without_tls_is_reached_without_being_told(
    harness: Harness,
) -> None:
    async with answering(basic_registry("ann", PASSWORD)) as domain:
        login = RegistryLogin(password=PasswordLogin(username="ann", password=PASSWORD))
        registry = Registry(provider=Registry.PROVIDER_OTHER, domain=domain, login=login)
        await harness.create("mine", registry)

        verified = await _verify(harness)

    assert verified.outcome == _Verified.OUTCOME_ACCEPTED


@pytest.mark.parametrize(
    ("trusted", "unverified", "outcome"),
    [
        (True, False, _Verified.OUTCOME_ACCEPTED),
        (False, True, _Verified.OUTCOME_ACCEPTED),
        (False, False, _Verified.OUTCOME_UNREACHABLE),
    ],
)
async def test_certificate_is_verified_as_the_registry_says(
    harness: Harness,
    tmp_path: Path,
    trusted: bool,
    unverified: bool,
    outcome: messages.VerifyRegistryLoginResponse.Outcome.ValueType,
) -> None:
    authority = Authority.new("Private")
    authority.issue("127.0.0.1").write(tmp_path, "server")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    transport = RegistryTransport(
        ca_certificates_pem=authority.pair().certificate.decode() if trusted else "",
        insecure_skip_verify=unverified,
    )

    async with answering(lambda _target, _given: Answer(status=200), tls) as domain:
        registry = Registry(provider=Registry.PROVIDER_OTHER, domain=domain, transport=transport)
        await harness.create("mine", registry)
        verified = await _verify(harness)

    assert verified.outcome == outcome


async def test_registry_behind_a_firewall_is_not_asked(harness: Harness) -> None:
    registry = Registry(
        provider=Registry.PROVIDER_OTHER, domain="registry.test", behind_firewall=True
    )
    await harness.create("mine", registry)

    verified = await _verify(harness)

    assert verified.outcome == _Verified.OUTCOME_NOT_ASKED
