"""Logins of Google's registries."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from registry_service.errors import (
    CredentialsRefused,
    CredentialsUnavailable,
    LoginUnsupported,
    ProviderAnswerInvalid,
    ProviderUnreachable,
)
from registry_service.registries import GoogleLogin
from tests.unit.registry_service.credentials.conftest import Issuing, registry_with
from tests.unit.registry_service.credentials.endpoint import Asked, Reply, closed_port, provider

MACHINE = registry_with(GoogleLogin())
TOKEN = "canary-token-of-google"
KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)


@pytest.fixture(autouse=True)
def no_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("PATH", str(tmp_path))  # no `gcloud`


def identify(monkeypatch: pytest.MonkeyPatch, folder: Path, address: str) -> None:
    keyfile = {
        "type": "service_account",
        "project_id": "shop",
        "client_email": "push@shop.test",
        "private_key": KEY,
        "token_uri": f"http://{address}/token",
    }
    path = folder / "machine.json"
    path.write_text(json.dumps(keyfile), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))


async def test_key_file_is_the_password_as_it_is(issuing: Issuing) -> None:
    issued = await issuing().issue(registry_with(GoogleLogin(project_id="p"), '{"a": 1}'))

    assert (issued.username, issued.password) == ("_json_key", '{"a": 1}')
    assert issued.expire_time is None


async def test_identity_of_the_machine_gives_an_access_token(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Asked] = []

    def reply(request: Asked) -> Reply:
        asked.append(request)
        return 200, json.dumps({"access_token": TOKEN, "expires_in": 3600})

    async with provider(reply) as address:
        identify(monkeypatch, tmp_path, address)
        issued = await issuing().issue(MACHINE)

    assert (issued.username, issued.password) == ("oauth2accesstoken", TOKEN)
    assert issued.expire_time is not None
    left = issued.expire_time - datetime.now(UTC)
    assert timedelta(minutes=59) < left < timedelta(minutes=61)
    assert asked[0].form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"


async def test_missing_library_is_told_with_what_installs_it(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)

    with pytest.raises(LoginUnsupported, match=r"install `freshet\[gcp\]`"):
        await issuing().issue(MACHINE)


async def test_machine_without_identity_is_told(issuing: Issuing) -> None:
    with pytest.raises(CredentialsRefused, match="no identity at Google"):
        await issuing().issue(MACHINE)


async def test_unreadable_identity_is_told(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "machine.json"
    path.write_text('{"type": "service_account", "private_key": "canary"}', encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))

    with pytest.raises(CredentialsRefused) as raised:
        await issuing().issue(MACHINE)

    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        (
            (400, '{"error": "no", "error_description": "Bad"}'),
            CredentialsRefused,
            "Bad",
        ),
        ((401, '{"error": "unauthorized_client"}'), CredentialsRefused, "unauthorized_client"),
        ((503, '{"error": "internal_failure"}'), ProviderUnreachable, "not reached"),
        ((200, "garbage"), ProviderAnswerInvalid, "without a token"),
        ((200, "{}"), CredentialsUnavailable, "token"),
        ((200, '{"access_token": ""}'), ProviderAnswerInvalid, "without a token"),
    ],
)
async def test_failing_google_is_told(
    issuing: Issuing,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    reply: Reply,
    expected: type[CredentialsUnavailable],
    words: str,
) -> None:
    async with provider(lambda _asked: reply) as address:
        identify(monkeypatch, tmp_path, address)
        with pytest.raises(expected, match=words):
            await issuing().issue(MACHINE)


async def test_unreachable_google_is_told(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with closed_port() as address:
        identify(monkeypatch, tmp_path, address)
        with pytest.raises(ProviderUnreachable, match="not reached"):
            await issuing().issue(MACHINE)


async def test_slow_google_is_not_waited_for(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with provider(lambda _asked: None) as address:
        identify(monkeypatch, tmp_path, address)
        with pytest.raises(ProviderUnreachable, match="no answer in"):
            await issuing(timeout_s=0.2).issue(MACHINE)
