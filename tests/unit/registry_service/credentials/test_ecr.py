"""Logins of Amazon ECR, against moto's server and endpoints that fail."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from moto.server import ThreadedMotoServer

from registry_service.errors import (
    CredentialsRefused,
    CredentialsUnavailable,
    LoginUnsupported,
    ProviderAnswerInvalid,
    ProviderUnreachable,
)
from registry_service.registries import AwsOverride, EcrLogin
from tests.unit.registry_service.credentials.conftest import Clock, Issuing, registry_with
from tests.unit.registry_service.credentials.endpoint import Asked, Reply, closed_port, provider

SECRET = "canary-of-amazon-9f2"
KEYS = EcrLogin(region="eu-west-1", access_key_id="AKIAEXAMPLE")
MOTO_EXPIRY = datetime(2015, 1, 1, tzinfo=UTC)
ROLE = AwsOverride(region="us-east-1", role_arn="arn:aws:iam::210987654321:role/push")


@pytest.fixture(autouse=True)
def no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
    yield
    server.stop()


@pytest.mark.usefixtures("amazon")
async def test_access_keys_are_exchanged_for_a_token(issuing: Issuing) -> None:
    issued = await issuing().issue(registry_with(KEYS, SECRET))

    assert issued.domain == "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    assert (issued.username, issued.password) == ("AWS", "123456789012-auth-token")
    assert issued.expire_time == MOTO_EXPIRY


@pytest.mark.usefixtures("amazon")
async def test_role_and_region_give_the_token_of_their_account(issuing: Issuing) -> None:
    issued = await issuing().issue(registry_with(KEYS, SECRET), ROLE)

    assert issued.domain == "210987654321.dkr.ecr.us-east-1.amazonaws.com"
    assert issued.password == "210987654321-auth-token"


@pytest.mark.usefixtures("amazon")
async def test_identity_of_the_machine_is_used_without_keys(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMACHINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-machine")

    issued = await issuing().issue(registry_with(EcrLogin(region="eu-west-1")))

    assert issued.username == "AWS"


async def test_missing_library_is_told_with_what_installs_it(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3.session", None)

    with pytest.raises(LoginUnsupported, match=r"install `freshet\[aws\]`"):
        await issuing().issue(registry_with(KEYS, SECRET))


async def test_machine_without_identity_is_told(issuing: Issuing) -> None:
    with pytest.raises(CredentialsRefused, match="no identity at Amazon"):
        await issuing().issue(registry_with(EcrLogin(region="eu-west-1")))


def error(code: str) -> str:
    return json.dumps({"__type": code, "message": f"about {code}"})


def token(text: str = "QVdTOnRva2Vu", end: object = 1767225600 + 43200) -> str:
    data = {"authorizationToken": text, "expiresAt": end, "proxyEndpoint": "https://a.test"}
    return json.dumps({"authorizationData": [data]})


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        ((400, error("UnrecognizedClientException")), CredentialsRefused, "UnrecognizedClient"),
        ((400, error("ExpiredTokenException")), CredentialsRefused, "ExpiredToken"),
        ((400, error("AccessDeniedException")), CredentialsRefused, "ecr:GetAuthorizationToken"),
        ((400, error("ThrottlingException")), ProviderUnreachable, "Throttling"),
        ((500, error("ServerException")), ProviderUnreachable, "ServerException"),
        ((503, "<html>busy</html>"), ProviderUnreachable, "503"),
        ((200, "garbage"), ProviderAnswerInvalid, "holds no token"),
        ((200, "{}"), ProviderAnswerInvalid, "holds no token"),
        ((200, token("%%%")), ProviderAnswerInvalid, "holds no token"),
        ((200, token("QVdT")), ProviderAnswerInvalid, "holds no token"),
        ((200, token(end="soon")), ProviderAnswerInvalid, "holds no token"),
    ],
)
async def test_failing_amazon_is_told_in_its_own_words(
    issuing: Issuing,
    monkeypatch: pytest.MonkeyPatch,
    reply: Reply,
    expected: type[CredentialsUnavailable],
    words: str,
) -> None:
    async with provider(lambda _asked: reply) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
        with pytest.raises(expected, match=words) as raised:
            await issuing().issue(registry_with(KEYS, SECRET))

    assert SECRET not in str(raised.value)


async def test_unreachable_amazon_is_told(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_port() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
        with pytest.raises(ProviderUnreachable, match="not reached"):
            await issuing().issue(registry_with(KEYS, SECRET))


async def test_slow_amazon_is_not_waited_for(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with provider(lambda _asked: None) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
        with pytest.raises(ProviderUnreachable, match=r"no answer in 0\.2 s"):
            await issuing(timeout_s=0.2).issue(registry_with(KEYS, SECRET))


async def test_token_is_kept_until_it_is_refused(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Asked] = []

    def reply(request: Asked) -> Reply:
        asked.append(request)
        return 200, token()

    clock = Clock()
    issuer, registry = issuing(clock=clock), registry_with(KEYS, SECRET)
    async with provider(reply) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
        issued = await asyncio.gather(*(issuer.issue(registry) for _ in range(20)))
        clock.forward(3600)
        await issuer.issue(registry)
        assert len(asked) == 1
        await issuer.issue(registry, refused=True)

    assert len(asked) == 2
    assert {each.password for each in issued} == {"token"}
    assert issued[0].expire_time == Clock().now + timedelta(hours=12)


async def test_token_ends_with_the_session_of_its_role(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>
        <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
        <Expiration>2026-01-01T01:00:00Z</Expiration></Credentials></AssumeRoleResult>
        </AssumeRoleResponse>"""
    asked: list[Asked] = []

    def reply(request: Asked) -> Reply:
        asked.append(request)
        return (200, session) if "Action" in request.form else (200, token())

    async with provider(reply) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{address}")
        override = AwsOverride(role_arn=ROLE.role_arn, session_name="build-7", duration_s=900)
        issued = await issuing().issue(registry_with(KEYS, SECRET), override)

    assert issued.expire_time == Clock().now + timedelta(hours=1)
    assert asked[0].form["RoleSessionName"] == "build-7"
    assert asked[0].form["DurationSeconds"] == "900"
