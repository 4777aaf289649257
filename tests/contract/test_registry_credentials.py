"""What clients get to log in with, and where secrets are never shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from moto.server import ThreadedMotoServer

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import (
    AwsOverride,
    EcrLogin,
    GoogleLogin,
    Registry,
    RegistryLogin,
)
from tests.contract.registry import PASSWORD, Harness, ghcr, hub, refused, serving

_Code = grpc.StatusCode


@pytest.fixture
async def harness(tmp_path: Path, store_url: str) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state", store_url) as harness:
        yield harness


async def test_credentials_are_issued(harness: Harness) -> None:
    keyfile = json.dumps({"project_id": "shop", "private_key": PASSWORD})
    google = Registry(
        provider=Registry.PROVIDER_GCR,
        domain="gcr.io",
        login=RegistryLogin(google=GoogleLogin(keyfile_json=keyfile)),
    )
    await harness.create("mine", ghcr())
    await harness.create("hub", hub())
    created = await harness.create("gcr", google)

    assert created.login.google == GoogleLogin(project_id="shop")
    assert await harness.credentials("mine") == ("ghcr.io", "ann", PASSWORD)
    assert await harness.credentials("hub") == ("docker.io", "", "")
    assert await harness.credentials("gcr") == ("gcr.io", "_json_key", keyfile)


async def test_aws_role_for_another_provider_is_refused(harness: Harness) -> None:
    await harness.create("mine", ghcr())
    request = messages.IssueRegistryCredentialsRequest(
        name="registries/mine", aws_override=AwsOverride(region="eu-west-1")
    )

    failure = await refused(harness.stub.IssueRegistryCredentials(request))

    assert [field for field, _ in failure.violations] == ["aws_override"]


ROLE = "arn:aws:iam::210987654321:role/push"


@pytest.mark.parametrize(
    ("override", "field"),
    [
        (AwsOverride(region="somewhere"), "aws_override.region"),
        (AwsOverride(role_arn="push"), "aws_override.role_arn"),
        (AwsOverride(role_arn=ROLE, session_name="a b"), "aws_override.session_name"),
        (AwsOverride(role_arn=ROLE, duration_seconds=899), "aws_override.duration_seconds"),
        (AwsOverride(role_arn=ROLE, duration_seconds=3601), "aws_override.duration_seconds"),
    ],
)
async def test_faulty_aws_role_is_refused(
    harness: Harness, override: AwsOverride, field: str
) -> None:
    await harness.create("ecr", ecr())
    request = messages.IssueRegistryCredentialsRequest(name="registries/ecr", aws_override=override)

    failure = await refused(harness.stub.IssueRegistryCredentials(request))

    assert [faulty for faulty, _ in failure.violations] == [field]


async def test_credentials_of_a_role_come_with_their_domain_and_end(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
    await harness.create("ecr", ecr())
    request = messages.IssueRegistryCredentialsRequest(
        name="registries/ecr", aws_override=AwsOverride(role_arn=ROLE, region="us-east-1")
    )

    issued = (await harness.stub.IssueRegistryCredentials(request)).registry_credentials

    server.stop()
    assert issued.domain == "210987654321.dkr.ecr.us-east-1.amazonaws.com"
    assert (issued.username, issued.password) == ("AWS", "210987654321-auth-token")
    assert issued.HasField("expire_time")


async def test_domain_of_ecr_is_the_one_that_its_key_tells(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
    nowhere = ecr()
    nowhere.domain = ""

    created = await harness.create("ecr", nowhere)

    server.stop()
    assert created.domain == "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


async def test_ecr_without_domain_is_told_what_amazon_says(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    nowhere = ecr()
    nowhere.domain = ""

    failure = await refused(harness.create("ecr", nowhere))
    tried = await harness.stub.TestRegistry(messages.TestRegistryRequest(draft=nowhere))

    assert failure.reason == "PROVIDER_UNREACHABLE"
    assert "Amazon is not reached" in tried.checks[0].message


def ecr() -> Registry:
    login = EcrLogin(region="eu-west-1", access_key_id="AKIA", secret_access_key=PASSWORD)
    return Registry(
        provider=Registry.PROVIDER_ECR,
        domain="123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        login=RegistryLogin(ecr=login),
    )


async def test_restart_keeps_the_state(tmp_path: Path, store_url: str) -> None:
    async with serving(tmp_path, store_url) as harness:
        await harness.create("two", hub())
        before = await harness.create("one", ghcr(repository_prefix="acme"))
        settings_before = await harness.settings()

    async with serving(tmp_path, store_url) as harness:
        assert await harness.get("one") == before
        assert await harness.settings() == settings_before
        assert await harness.credentials("one") == ("ghcr.io", "ann", PASSWORD)


async def test_lost_sealing_key_is_told_and_the_rest_still_works(tmp_path: Path) -> None:
    async with serving(tmp_path) as harness:
        before = await harness.create("mine", ghcr())
    (tmp_path / "sealing.key").unlink()

    async with serving(tmp_path) as harness:
        failure = await refused(harness.credentials("mine"))

        assert (failure.code, failure.reason) == (_Code.FAILED_PRECONDITION, "SECRET_UNREADABLE")
        assert "enter the secret again" in failure.message
        assert await harness.get("mine") == before


async def test_password_is_readable_nowhere_in_the_state(tmp_path: Path) -> None:
    async with serving(tmp_path) as harness:
        await harness.create("mine", ghcr())

        files = [path for path in harness.state_directory.rglob("*") if path.is_file()]

        assert {"registry.db", "sealing.key"} <= {path.name for path in files}
        assert not [path for path in files if PASSWORD.encode() in path.read_bytes()]


async def test_password_is_in_no_error(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    await harness.create("mine", ghcr())
    google = RegistryLogin(google=GoogleLogin(keyfile_json=f'{{"key": "{PASSWORD}"'))
    faulty = [
        ghcr(domain="x y"),
        Registry(provider=Registry.PROVIDER_GCR, domain="gcr.io", login=google),
        Registry(provider=Registry.PROVIDER_GHCR, login=google),
    ]

    failures = [await refused(harness.create("other", registry)) for registry in faulty]
    failures.append(await refused(harness.create("mine", ghcr())))

    assert not [failure for failure in failures if PASSWORD in repr(failure)]
    assert PASSWORD not in caplog.text
