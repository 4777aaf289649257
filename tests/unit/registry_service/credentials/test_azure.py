"""Logins of Azure Container Registry, over real TLS."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from registry_service.credentials.azure import METADATA_VARIABLE
from registry_service.errors import (
    CredentialsRefused,
    CredentialsUnavailable,
    ProviderAnswerInvalid,
    ProviderUnreachable,
)
from registry_service.registries import AzureLogin, Transport
from tests.engine.certificates import Authority
from tests.unit.registry_service.credentials.conftest import Clock, Issuing, registry_with
from tests.unit.registry_service.credentials.endpoint import Asked, Reply, closed_port, provider

AUTHORITY = Authority.new("Azure of a test")
MACHINE_TOKEN = "canary-of-the-machine"
END = Clock().now + timedelta(hours=3)
Answers = Callable[[Asked], Reply]


def jwt(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.signature"


TOKEN = jwt({"exp": int(END.timestamp())})


def metadata(_asked: Asked) -> Reply:
    return 200, json.dumps({"access_token": MACHINE_TOKEN})


def exchange(_asked: Asked) -> Reply:
    return 200, json.dumps({"refresh_token": TOKEN})


def server_tls(folder: Path, *, client_asked: bool = False) -> ssl.SSLContext:
    AUTHORITY.issue("127.0.0.1").write(folder, "server")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "server.crt", folder / "server.key")
    if client_asked:
        tls.load_verify_locations(cadata=AUTHORITY.pair().certificate.decode())
        tls.verify_mode = ssl.CERT_REQUIRED
    return tls


def trusting(client_certificate: str = "") -> Transport:
    return Transport(
        ca_certificates_pem=AUTHORITY.pair().certificate.decode(),
        client_certificate_pem=client_certificate,
    )


async def issue(
    issuing: Issuing,
    folder: Path,
    *,
    at_machine: Answers = metadata,
    at_registry: Answers = exchange,
    client_id: str = "",
    timeout_s: float = 20.0,
) -> tuple[str, str, object]:
    async with (
        provider(at_machine) as machine,
        provider(at_registry, server_tls(folder)) as domain,
    ):
        registry = registry_with(
            AzureLogin(client_id=client_id), domain=domain, transport=trusting()
        )
        environment = {METADATA_VARIABLE: f"http://{machine}"}
        issued = await issuing(environment, timeout_s=timeout_s).issue(registry)
    return issued.username, issued.password, issued.expire_time


async def test_identity_of_the_machine_is_exchanged(issuing: Issuing, tmp_path: Path) -> None:
    asked: list[Asked] = []

    def at_machine(request: Asked) -> Reply:
        asked.append(request)
        return metadata(request)

    def at_registry(request: Asked) -> Reply:
        asked.append(request)
        return exchange(request)

    issued = await issue(
        issuing, tmp_path, at_machine=at_machine, at_registry=at_registry, client_id="one"
    )

    assert issued == ("00000000-0000-0000-0000-000000000000", TOKEN, END)
    machine, registry = asked
    assert machine.path == "/metadata/identity/oauth2/token"
    assert machine.headers["metadata"] == "true"
    assert machine.query == {
        "api-version": "2018-02-01",
        "resource": "https://management.azure.com/",
        "client_id": "one",
    }
    assert registry.path == "/oauth2/exchange"
    assert registry.form["grant_type"] == "access_token"
    assert registry.form["access_token"] == MACHINE_TOKEN
    assert registry.form["service"] == registry.headers["host"]


async def test_service_principal_is_user_and_password(issuing: Issuing) -> None:
    issued = await issuing().issue(registry_with(AzureLogin(client_id="app"), "secret"))

    assert (issued.username, issued.password, issued.expire_time) == ("app", "secret", None)


async def test_client_certificate_is_shown(issuing: Issuing, tmp_path: Path) -> None:
    client = AUTHORITY.issue("client.test")
    async with (
        provider(metadata) as machine,
        provider(exchange, server_tls(tmp_path, client_asked=True)) as domain,
    ):
        registry = registry_with(
            AzureLogin(),
            domain=domain,
            transport=trusting(client.certificate.decode()),
            client_key=client.key.decode(),
        )
        bare = registry_with(AzureLogin(), domain=domain, transport=trusting())
        issuer = issuing({METADATA_VARIABLE: f"http://{machine}"})

        assert (await issuing({METADATA_VARIABLE: f"http://{machine}"}).issue(registry)).password
        with pytest.raises(ProviderUnreachable):
            await issuer.issue(bare)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ((400, '{"error": "invalid_request"}'), CredentialsRefused),
        ((401, f'{{"error": "{MACHINE_TOKEN}"}}'), CredentialsRefused),
        ((403, ""), CredentialsRefused),
        ((302, ""), CredentialsRefused),
        ((429, ""), ProviderUnreachable),
        ((500, MACHINE_TOKEN), ProviderUnreachable),
        ((200, "garbage"), ProviderAnswerInvalid),
        ((200, "[]"), ProviderAnswerInvalid),
        ((200, '{"access_token": 1, "refresh_token": ""}'), ProviderAnswerInvalid),
        ((200, '{"x": "' + "x" * 100_000 + '"}'), ProviderAnswerInvalid),
    ],
)
@pytest.mark.parametrize("at_machine", [True, False])
async def test_failing_azure_is_told_without_what_it_answers(
    issuing: Issuing,
    tmp_path: Path,
    at_machine: bool,
    reply: Reply,
    expected: type[CredentialsUnavailable],
) -> None:
    def fail(_asked: Asked) -> Reply:
        return reply

    with pytest.raises(expected) as raised:
        if at_machine:
            await issue(issuing, tmp_path, at_machine=fail)
        else:
            await issue(issuing, tmp_path, at_registry=fail)

    assert ("metadata service" in str(raised.value)) is at_machine
    assert MACHINE_TOKEN not in str(raised.value)


async def test_slow_metadata_service_is_not_waited_for(issuing: Issuing, tmp_path: Path) -> None:
    with pytest.raises(ProviderUnreachable, match="no answer in"):
        await issue(issuing, tmp_path, at_machine=lambda _asked: None, timeout_s=0.2)


async def test_unreachable_azure_is_told(issuing: Issuing) -> None:
    with closed_port() as address:
        environment = {METADATA_VARIABLE: f"http://{address}"}
        with pytest.raises(ProviderUnreachable, match="the metadata service is not reached"):
            await issuing(environment).issue(registry_with(AzureLogin()))


async def test_untrusted_registry_does_not_see_the_token(issuing: Issuing, tmp_path: Path) -> None:
    asked: list[Asked] = []
    async with (
        provider(metadata) as machine,
        provider(lambda a: asked.append(a), server_tls(tmp_path)) as domain,
    ):
        registry = registry_with(AzureLogin(), domain=domain)
        with pytest.raises(ProviderUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            await issuing({METADATA_VARIABLE: f"http://{machine}"}).issue(registry)

    assert not asked


@pytest.mark.parametrize(
    "token", ["opaque", "a.b.c", jwt([]), jwt({"exp": "x"}), jwt({"exp": 9**99})]
)
async def test_token_without_readable_end_is_used_and_not_kept(
    issuing: Issuing, tmp_path: Path, token: str
) -> None:
    def at_registry(_asked: Asked) -> Reply:
        return 200, json.dumps({"refresh_token": token})

    issued = await issue(issuing, tmp_path, at_registry=at_registry)

    assert issued[1:] == (token, None)
