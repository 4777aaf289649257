"""What clients of the registry service may rely on."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from moto.server import ThreadedMotoServer

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import (
    AwsOverride,
    AzureLogin,
    EcrLogin,
    GoogleLogin,
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistrySettings,
)
from freshet.registry.v1.repository_pb2 import RepositoryQuery
from freshet.rpc.status import RpcFailure, read_failure
from tests.contract.registry import PASSWORD, Harness, ghcr, hub, serving

_Code = grpc.StatusCode


@pytest.fixture
async def harness(tmp_path: Path, store_url: str) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state", store_url) as harness:
        yield harness


async def refused(call: Awaitable[object]) -> RpcFailure:
    with pytest.raises(grpc.RpcError) as raised:
        await call
    return read_failure(raised.value)


async def update(harness: Harness, registry: Registry, *paths: str) -> Registry:
    request = messages.UpdateRegistryRequest(
        registry=registry, update_mask=FieldMask(paths=paths) if paths else None
    )
    return (await harness.stub.UpdateRegistry(request)).registry


async def delete(harness: Harness, registry_id: str, etag: str = "") -> None:
    name = f"registries/{registry_id}"
    await harness.stub.DeleteRegistry(messages.DeleteRegistryRequest(name=name, etag=etag))


async def settings(harness: Harness) -> RegistrySettings:
    response = await harness.stub.GetRegistrySettings(messages.GetRegistrySettingsRequest())
    return response.registry_settings


async def update_settings(harness: Harness, **fields: str) -> RegistrySettings:
    wanted = RegistrySettings()
    for field, value in fields.items():
        setattr(wanted, field, value)
    request = messages.UpdateRegistrySettingsRequest(registry_settings=wanted)
    return (await harness.stub.UpdateRegistrySettings(request)).registry_settings


async def credentials(harness: Harness, registry_id: str) -> tuple[str, str, str]:
    request = messages.IssueRegistryCredentialsRequest(name=f"registries/{registry_id}")
    issued = (await harness.stub.IssueRegistryCredentials(request)).registry_credentials
    return issued.domain, issued.username, issued.password


async def names(harness: Harness) -> list[str]:
    response = await harness.stub.ListRegistries(messages.ListRegistriesRequest())
    return [registry.name for registry in response.registries]


async def test_registry_is_created_and_read_without_its_secret(harness: Harness) -> None:
    created = await harness.create("mine", ghcr(repository_prefix="acme"))

    assert await harness.get("mine") == created
    assert created.name == "registries/mine"
    assert created.domain == "ghcr.io"
    assert created.kind == Registry.KIND_STANDARD
    assert created.primary
    assert created.etag
    assert created.create_time == created.update_time
    assert created.login.secret_set
    assert created.login.password == PasswordLogin(username="ann")


async def test_first_registry_becomes_the_default(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", hub())

    assert (await settings(harness)).default_registry == "registries/one"


async def test_taken_name_is_refused(harness: Harness) -> None:
    await harness.create("mine", ghcr())

    failure = await refused(harness.create("mine", hub()))

    assert (failure.code, failure.reason) == (_Code.ALREADY_EXISTS, "REGISTRY_EXISTS")
    assert failure.metadata == {"registry": "mine"}


async def test_repeated_request_returns_the_first_result(harness: Harness) -> None:
    request_id = str(uuid.uuid4())

    first = await harness.create("mine", ghcr(), request_id)

    assert await harness.create("mine", ghcr(), request_id) == first
    assert await names(harness) == ["registries/mine"]


async def test_concurrent_creations_of_one_name_make_one_registry(harness: Harness) -> None:
    results = await asyncio.gather(
        *(harness.create("mine", ghcr()) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(result, Registry) for result in results) == 1
    assert await names(harness) == ["registries/mine"]


async def test_every_faulty_field_is_told(harness: Harness) -> None:
    faulty = ghcr(domain="ghcr.io/acme", repository_prefix="/", fallback_registry="registries/no")

    failure = await refused(harness.create("a b", faulty, "once"))

    assert failure.code == _Code.INVALID_ARGUMENT
    assert {field for field, _ in failure.violations} == {
        "registry_id",
        "request_id",
        "registry.domain",
        "registry.repository_prefix",
        "registry.fallback_registry",
    }


async def test_checked_request_creates_nothing(harness: Harness) -> None:
    request = messages.CreateRegistryRequest(
        registry_id="mine", registry=ghcr(), validate_only=True
    )

    response = await harness.stub.CreateRegistry(request)

    assert response.registry.domain == "ghcr.io"
    assert await names(harness) == []


async def test_unknown_registry_is_not_found(harness: Harness) -> None:
    for call in (harness.get("none"), delete(harness, "none"), credentials(harness, "none")):
        failure = await refused(call)

        assert (failure.code, failure.reason) == (_Code.NOT_FOUND, "REGISTRY_NOT_FOUND")


async def test_name_of_another_form_is_refused(harness: Harness) -> None:
    request = messages.GetRegistryRequest(name="mine")

    failure = await refused(harness.stub.GetRegistry(request))

    assert failure.reason == "INVALID_RESOURCE_NAME"


async def test_registries_are_listed_by_name_in_pages(harness: Harness) -> None:
    for registry_id in ("c", "a", "b"):
        await harness.create(registry_id, ghcr())

    first = await harness.stub.ListRegistries(messages.ListRegistriesRequest(page_size=2))
    rest = await harness.stub.ListRegistries(
        messages.ListRegistriesRequest(page_size=2, page_token=first.next_page_token)
    )

    assert [r.name for r in first.registries] == ["registries/a", "registries/b"]
    assert [r.name for r in rest.registries] == ["registries/c"]
    assert rest.next_page_token == ""


async def test_several_registries_are_read_in_the_order_asked_for(harness: Harness) -> None:
    for registry_id in ("a", "b"):
        await harness.create(registry_id, ghcr())

    wanted = ["registries/b", "registries/a"]
    response = await harness.stub.BatchGetRegistries(
        messages.BatchGetRegistriesRequest(names=wanted)
    )

    assert [registry.name for registry in response.registries] == wanted


async def test_update_changes_the_fields_of_the_mask_alone(harness: Harness) -> None:
    before = await harness.create("mine", ghcr(repository_prefix="acme"))
    wanted = Registry(name=before.name, behind_firewall=True)

    after = await update(harness, wanted, "behind_firewall")

    assert after.behind_firewall
    assert after.repository_prefix == "acme"
    assert after.etag != before.etag
    assert await harness.get("mine") == after


async def test_update_without_mask_changes_what_is_not_empty(harness: Harness) -> None:
    await harness.create("mine", ghcr(repository_prefix="acme", behind_firewall=True))

    after = await update(harness, Registry(name="registries/mine", repository_prefix="shop"))

    assert (after.repository_prefix, after.behind_firewall) == ("shop", True)


async def test_registry_that_was_read_can_be_written_back(harness: Harness) -> None:
    before = await harness.create("mine", ghcr(repository_prefix="acme"))
    wanted = Registry()
    wanted.CopyFrom(before)
    wanted.ClearField("repository_prefix")

    after = await update(harness, wanted, "*")

    assert after.repository_prefix == ""
    assert await credentials(harness, "mine") == ("ghcr.io", "ann", PASSWORD)


async def test_other_way_to_log_in_forgets_the_secret(harness: Harness) -> None:
    azure = Registry(
        provider=Registry.PROVIDER_ACR,
        domain="acme.azurecr.io",
        login=RegistryLogin(azure=AzureLogin(client_id="id", client_secret=PASSWORD)),
    )
    await harness.create("mine", azure)
    login = RegistryLogin(password=PasswordLogin(username="ann"))

    failure = await refused(update(harness, Registry(name="registries/mine", login=login), "login"))

    assert [field for field, _ in failure.violations] == ["registry.login.password.password"]


async def test_unknown_path_and_other_provider_are_refused(harness: Harness) -> None:
    await harness.create("mine", ghcr())
    wanted = Registry(name="registries/mine", provider=Registry.PROVIDER_QUAY)

    failure = await refused(update(harness, wanted, "provider", "colour"))

    assert [field for field, _ in failure.violations] == ["update_mask", "registry.provider"]


async def test_old_etag_is_refused(harness: Harness) -> None:
    first = await harness.create("mine", ghcr())
    await update(harness, Registry(name=first.name, repository_prefix="acme"))
    late = Registry(name=first.name, repository_prefix="shop", etag=first.etag)

    for call in (update(harness, late), delete(harness, "mine", first.etag)):
        failure = await refused(call)

        assert (failure.code, failure.reason) == (_Code.ABORTED, "ETAG_MISMATCH")
    assert (await harness.get("mine")).repository_prefix == "acme"


async def test_one_registry_of_a_domain_is_primary(harness: Harness) -> None:
    await harness.create("one", ghcr())
    second = await harness.create("two", ghcr())
    assert not second.primary

    await update(harness, Registry(name="registries/two", primary=True))

    assert (await harness.get("two")).primary
    assert not (await harness.get("one")).primary


async def test_delete_clears_what_pointed_at_the_registry(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", ghcr(fallback_registry="registries/one"))
    await update_settings(harness, cache_registry="registries/one")

    await delete(harness, "one")

    present = await settings(harness)
    assert (present.default_registry, present.cache_registry) == ("", "")
    left = await harness.get("two")
    assert left.fallback_registry == ""
    assert left.primary


async def test_settings_are_changed(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", ghcr())
    before = await settings(harness)

    after = await update_settings(
        harness, default_registry="registries/two", cache_registry="registries/one"
    )

    assert after == await settings(harness)
    assert after.default_registry == "registries/two"
    assert after.default_push == RegistrySettings.DEFAULT_PUSH_AUTO
    assert before.etag != after.etag
    failure = await refused(
        update_settings(harness, etag=before.etag, default_registry="registries/one")
    )
    assert failure.code == _Code.ABORTED


async def test_docker_hub_is_refused_as_caching_registry(harness: Harness) -> None:
    await harness.create("hub", hub())

    failure = await refused(update_settings(harness, cache_registry="registries/hub"))

    assert failure.code == _Code.INVALID_ARGUMENT
    assert failure.violations == (
        ("registry_settings.cache_registry", "Docker Hub cannot be the caching registry"),
    )


async def test_repositories_are_resolved(harness: Harness) -> None:
    await harness.create("hub", hub())
    await harness.create("mine", ghcr(repository_prefix="acme"))
    push = RepositoryQuery.PURPOSE_PUSH
    queries = [
        RepositoryQuery(purpose=push, image_name="ann/app"),
        RepositoryQuery(purpose=push, image_name="app", registry_id="mine"),
        RepositoryQuery(purpose=push, image_name="acme/app", registry_id="mine"),
        RepositoryQuery(purpose=push, image_name="app", registry_id="Mine"),
    ]

    response = await harness.stub.ResolveRepositories(
        messages.ResolveRepositoriesRequest(queries=queries)
    )

    default, named, doubled, unknown = response.resolutions
    assert default.repository.registry == "registries/hub"
    assert default.repository.repository == "docker.io/ann/app"
    assert [warning.code for warning in default.warnings] == [203]
    assert named.repository.repository == "ghcr.io/acme/app"
    assert doubled.repository.repository == "ghcr.io/acme/acme/app"
    assert [warning.reason for warning in doubled.warnings] == ["PREFIX_DOUBLED"]
    assert unknown.fault.code == 202
    assert unknown.fault.help == "did you mean `mine`?"


async def test_names_are_checked_beside_the_destination(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", ghcr())
    build, pull = RepositoryQuery.PURPOSE_BUILD, RepositoryQuery.PURPOSE_PULL
    queries = [
        RepositoryQuery(
            purpose=build, registry_id="one", registry_contexts=["two", "no", "one"],
            ecr_required=True, google_login_required=True,
        ),
        RepositoryQuery(purpose=build, registry_id="no", image_name="app", push_disabled=True),
        RepositoryQuery(purpose=build, image_name="app", push_disabled=True),
        RepositoryQuery(purpose=pull, registry_contexts=["one"]),
    ]  # fmt: skip

    response = await harness.stub.ResolveRepositories(
        messages.ResolveRepositoriesRequest(queries=queries)
    )

    all_at_once, unknown, disabled, pulling = response.resolutions
    assert all_at_once.repository.registry == "registries/one"
    assert all_at_once.repository.repository == ""
    assert [(fault.code, fault.field) for fault in all_at_once.step_faults] == [
        (202, "registry_contexts[1]"),
        (207, "registry_contexts[2]"),
        (206, "ecr_required"),
        (206, "google_login_required"),
    ]
    assert (unknown.fault.code, unknown.fault.field) == (202, "registry_id")
    assert disabled.omission.reason == "PUSH_DISABLED"
    assert pulling.omission.reason == "PULL_ONLY"
    assert not pulling.step_faults


async def test_query_without_purpose_is_refused(harness: Harness) -> None:
    queries = [RepositoryQuery(image_name="app")]

    failure = await refused(
        harness.stub.ResolveRepositories(messages.ResolveRepositoriesRequest(queries=queries))
    )

    assert [field for field, _ in failure.violations] == ["queries[0].purpose"]


async def test_pull_registries_are_found(harness: Harness) -> None:
    await harness.create("one", ghcr())
    await harness.create("two", ghcr())
    domains = ["ghcr.io", "quay.io", ""]

    async def found(*contexts: str) -> list[tuple[str, str]]:
        request = messages.FindPullRegistriesRequest(domains=domains, registry_contexts=contexts)
        response = await harness.stub.FindPullRegistries(request)
        return [(pull.domain, pull.registry) for pull in response.pull_registries]

    anonymous = [("quay.io", ""), ("docker.io", "")]
    assert await found() == [("ghcr.io", "registries/one"), *anonymous]
    assert await found("two") == [("ghcr.io", "registries/two"), *anonymous]
    assert (await refused(found("none"))).code == _Code.NOT_FOUND
    failure = await refused(found("one", "two"))
    assert (failure.code, failure.metadata["code"]) == (_Code.INVALID_ARGUMENT, "207")


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
    assert await credentials(harness, "mine") == ("ghcr.io", "ann", PASSWORD)
    assert await credentials(harness, "hub") == ("docker.io", "", "")
    assert await credentials(harness, "gcr") == ("gcr.io", "_json_key", keyfile)


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
        settings_before = await settings(harness)

    async with serving(tmp_path, store_url) as harness:
        assert await harness.get("one") == before
        assert await settings(harness) == settings_before
        assert await credentials(harness, "one") == ("ghcr.io", "ann", PASSWORD)


async def test_lost_sealing_key_is_told_and_the_rest_still_works(tmp_path: Path) -> None:
    async with serving(tmp_path) as harness:
        before = await harness.create("mine", ghcr())
    (tmp_path / "sealing.key").unlink()

    async with serving(tmp_path) as harness:
        failure = await refused(credentials(harness, "mine"))

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
