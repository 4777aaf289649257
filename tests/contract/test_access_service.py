"""Access tokens and the audit log, through real servers."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from freshet.access.v1.access_pb2 import Role
from freshet.database import sqlite_url
from freshet.registry.v1 import access_pb2, registry_pb2
from freshet.registry.v1 import access_service_pb2 as messages
from freshet.registry.v1 import registry_service_pb2 as registry_messages
from freshet.registry.v1.access_service_pb2_grpc import AccessServiceStub
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.rpc.addresses import parse_address
from freshet.rpc.connect import Endpoint, open_aio_channel
from freshet.rpc.serve import Security, listening
from freshet.rpc.status import RpcFailure, read_failure
from registry_service.access.records import AccessToken, hash_of
from registry_service.access.tokens import Tokens
from registry_service.sealing_keys import KEY_FILE_NAME
from registry_service.server import DATABASE_NAME, registry_service
from registry_service.store.access import open_access_store
from runner_service.registries import RegistriesError
from runner_service.registry_client import RegistryClient
from runner_service.settings import RunnerSettings
from tests.contract.protected import Keys, free_address
from tests.contract.registry import PASSWORD, Harness, ghcr, hub, serving

if TYPE_CHECKING:
    from freshet.registry.v1.access_service_pb2_grpc import AccessServiceAsyncStub
    from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceAsyncStub

NOW = datetime.now(UTC)


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[AccessServiceAsyncStub]:
    """The service as its owner reaches it."""
    async with serving(tmp_path) as harness, access_to(harness) as stub:
        yield stub


@asynccontextmanager
async def over_tls(state: Path) -> AsyncIterator[Endpoint]:
    """Serve a state directory to who has a token."""
    keys, address = Keys(state), free_address()
    security = Security(certificate_files=keys.server())
    async with (
        registry_service(state / "state") as service,
        listening(service, address, security),
    ):
        yield Endpoint(address=address, authority=state / "server.crt")


@asynccontextmanager
async def access_to(harness: Harness) -> AsyncIterator[AccessServiceAsyncStub]:
    async with open_aio_channel(Endpoint(address=parse_address(harness.address))) as channel:
        yield AccessServiceStub(channel)


@contextmanager
def failing() -> Iterator[list[RpcFailure]]:
    failures: list[RpcFailure] = []
    with pytest.raises(grpc.RpcError) as raised:
        yield failures
    failures.append(read_failure(raised.value))


def wanted(**fields: object) -> messages.CreateAccessTokenRequest:
    token = access_pb2.AccessToken(display_name="the runner of Ann", role=Role.ROLE_RUNNER)
    token.MergeFrom(access_pb2.AccessToken(**fields))  # type: ignore[arg-type]  # any field
    return messages.CreateAccessTokenRequest(access_token=token)


async def entries(stub: AccessServiceAsyncStub) -> list[tuple[str, str, str, str]]:
    page = await stub.ListAuditEntries(messages.ListAuditEntriesRequest(page_size=1000))
    return [(e.caller, e.method, e.resource, e.outcome) for e in page.audit_entries]


async def test_secret_is_told_once_and_stored_nowhere(
    admin: AccessServiceAsyncStub, tmp_path: Path
) -> None:
    made = await admin.CreateAccessToken(wanted())
    listed = await admin.ListAccessTokens(messages.ListAccessTokensRequest())

    assert made.secret.startswith("freshet_")
    assert len(made.secret) > 50
    assert list(listed.access_tokens) == [made.access_token]
    assert made.access_token.name.startswith("accessTokens/t")
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or made.secret.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("request_message", "field"),
    [
        (messages.CreateAccessTokenRequest(), "access_token.display_name"),
        (messages.CreateAccessTokenRequest(), "access_token.role"),
        (wanted(role=99), "access_token.role"),
        (wanted(display_name="x" * 101), "access_token.display_name"),
        (wanted(display_name="two\nlines"), "access_token.display_name"),
        (wanted(expire_time=NOW - timedelta(seconds=1)), "access_token.expire_time"),
        (wanted(expire_time={"seconds": 10**15}), "access_token.expire_time"),
    ],
)
async def test_faulty_token_is_refused(
    admin: AccessServiceAsyncStub, request_message: messages.CreateAccessTokenRequest, field: str
) -> None:
    with failing() as failures:
        await admin.CreateAccessToken(request_message)

    assert failures[0].code is grpc.StatusCode.INVALID_ARGUMENT
    assert field in dict(failures[0].violations)


async def test_tokens_are_listed_in_pages(admin: AccessServiceAsyncStub) -> None:
    names = sorted([(await admin.CreateAccessToken(wanted())).access_token.name for _ in range(5)])
    request, found = messages.ListAccessTokensRequest(page_size=2), []

    while True:
        page = await admin.ListAccessTokens(request)
        found.append([token.name for token in page.access_tokens])
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token

    assert found == [names[:2], names[2:4], names[4:]]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("accessTokens/absent", grpc.StatusCode.NOT_FOUND),
        ("registries/ghcr", grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_token_that_is_not_there_cannot_be_taken_away(
    admin: AccessServiceAsyncStub, name: str, code: grpc.StatusCode
) -> None:
    with failing() as failures:
        await admin.DeleteAccessToken(messages.DeleteAccessTokenRequest(name=name))

    assert failures[0].code is code


async def test_token_works_over_tls_until_it_is_taken_away(tmp_path: Path) -> None:
    request = registry_messages.ListRegistriesRequest()
    async with serving(tmp_path / "state") as harness, access_to(harness) as access:
        reader = (await access.CreateAccessToken(wanted(role=Role.ROLE_READER))).secret
        boss = (await access.CreateAccessToken(wanted(role=Role.ROLE_ADMIN))).secret
        listed = await access.ListAccessTokens(messages.ListAccessTokensRequest())
    by_role = {token.role: token.name for token in listed.access_tokens}

    async with (
        over_tls(tmp_path) as endpoint,
        open_aio_channel(replace(endpoint, token=reader)) as channel,
        open_aio_channel(replace(endpoint, token=boss)) as boss_channel,
    ):
        stub: RegistryServiceAsyncStub = RegistryServiceStub(channel)
        access = AccessServiceStub(boss_channel)
        await stub.ListRegistries(request)
        await access.DeleteAccessToken(
            messages.DeleteAccessTokenRequest(name=by_role[Role.ROLE_READER])
        )
        with failing() as failures:
            await stub.ListRegistries(request)

        assert failures[0].reason == "TOKEN_INVALID"
        boss_name = by_role[Role.ROLE_ADMIN]
        assert (boss_name, "DeleteAccessToken", by_role[Role.ROLE_READER], "OK") in await entries(
            access
        )


async def test_expired_token_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    store = open_access_store(sqlite_url(tmp_path / "state" / DATABASE_NAME))
    store.add_token(
        AccessToken(
            name="accessTokens/told",
            display_name="old",
            role=Role.ROLE_ADMIN,
            create_time=NOW - timedelta(days=2),
            expire_time=NOW - timedelta(days=1),
            secret_hash=hash_of("freshet_old"),
        )
    )
    store.close()

    async with (
        over_tls(tmp_path) as endpoint,
        open_aio_channel(replace(endpoint, token="freshet_old")) as channel,
    ):
        stub: RegistryServiceAsyncStub = RegistryServiceStub(channel)
        with failing() as failures:
            await stub.ListRegistries(registry_messages.ListRegistriesRequest())

    assert (failures[0].code, failures[0].reason) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "TOKEN_EXPIRED",
    )


async def test_other_process_sees_what_was_taken_away(tmp_path: Path) -> None:
    stores = [open_access_store(sqlite_url(tmp_path / DATABASE_NAME)) for _ in range(2)]
    here, there = map(Tokens, stores)
    draft = AccessToken(
        name="",
        display_name="runner",
        role=Role.ROLE_RUNNER,
        create_time=NOW,
        expire_time=None,
        secret_hash=b"",
    )

    token, secret = await here.create(draft)
    before = there.find_grant(secret)
    await there.reload()
    made = there.find_grant(secret)
    await here.delete(token.name)
    await there.reload()

    assert before is None
    assert made
    assert made.caller.name == token.name
    assert there.find_grant(secret) is None
    for store in stores:
        store.close()


async def test_writes_and_issues_are_in_the_audit_log_and_reads_are_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as harness:
        await harness.create("ghcr", ghcr())
        await harness.get("ghcr")
        await harness.stub.IssueRegistryCredentials(
            registry_messages.IssueRegistryCredentialsRequest(name="registries/ghcr")
        )
        with failing():
            await harness.create("ghcr", ghcr())
        with failing():
            await harness.stub.DeleteRegistry(
                registry_messages.DeleteRegistryRequest(name="registries/none")
            )
    async with serving(tmp_path) as harness, access_to(harness) as stub:
        found = await entries(stub)

    assert [entry[1:] for entry in found] == [
        ("DeleteRegistry", "registries/none", "REGISTRY_NOT_FOUND"),
        ("CreateRegistry", "registries/ghcr", "REGISTRY_EXISTS"),
        ("IssueRegistryCredentials", "registries/ghcr", "OK"),
        ("CreateRegistry", "registries/ghcr", "OK"),
    ]
    assert {entry[0].partition(":")[0] for entry in found} == {"socket"}


async def test_audit_log_is_read_in_pages_from_the_newest(tmp_path: Path) -> None:
    async with serving(tmp_path) as harness, access_to(harness) as stub:
        for number in range(5):
            await harness.create(f"hub{number}", hub())
        request, found = messages.ListAuditEntriesRequest(page_size=2), []
        while True:
            page = await stub.ListAuditEntries(request)
            found.append([entry.resource for entry in page.audit_entries])
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token

    assert found == [
        ["registries/hub4", "registries/hub3"],
        ["registries/hub2", "registries/hub1"],
        ["registries/hub0"],
    ]


@pytest.mark.parametrize("token", ["x", "MTphYWE="])
async def test_page_of_the_audit_log_that_is_not_ours_is_refused(
    admin: AccessServiceAsyncStub, token: str
) -> None:
    with failing() as failures:
        await admin.ListAuditEntries(messages.ListAuditEntriesRequest(page_token=token))

    assert failures[0].reason == "INVALID_PAGE"


CANARY = "canary-5f1d"
SECRETS = st.sampled_from(
    [
        {"password": {"username": "ann", "password": CANARY}},
        {"ecr": {"access_key_id": "AKIA", "region": "eu-west-1", "secret_access_key": CANARY}},
        {"azure": {"client_id": "ann", "client_secret": CANARY}},
        {"google": {"keyfile_json": f'{{"private_key": "{CANARY}"}}'}},
    ]
)


@given(
    logins=st.lists(SECRETS, min_size=1, max_size=4),
    name=st.sampled_from(["ghcr", CANARY, f"{CANARY} and more", f"x/{CANARY}/y", ""]),
)
@examples(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_secret_is_in_the_audit_log_or_the_log(
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
    logins: list[dict[str, dict[str, str]]],
    name: str,
) -> None:
    async def do() -> list[tuple[str, str, str, str]]:
        async with serving(tmp_path_factory.mktemp("state")) as harness:
            stub = harness.stub
            for number, login in enumerate(logins):
                registry = ghcr(login=registry_pb2.RegistryLogin(**login))  # type: ignore[arg-type]  # of its own kind
                with allowing_failure():
                    await harness.create(f"r{number}", registry)
                with allowing_failure():
                    registry.name = f"registries/r{number}"
                    await stub.UpdateRegistry(
                        registry_messages.UpdateRegistryRequest(registry=registry)
                    )
            with allowing_failure():  # somebody pastes the secret where the name belongs
                await stub.DeleteRegistry(registry_messages.DeleteRegistryRequest(name=name))
            async with access_to(harness) as access:
                return await entries(access)

    with caplog.at_level(logging.DEBUG, logger="freshet"):
        found = asyncio.run(do())

    assert len(found) == 2 * len(logins) + 1
    assert CANARY not in str(found)
    assert CANARY not in caplog.text
    assert PASSWORD not in caplog.text


@contextmanager
def allowing_failure() -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        assert read_failure(error).code is not grpc.StatusCode.INTERNAL


async def test_runner_on_another_machine_is_issued_credentials_over_tls(tmp_path: Path) -> None:
    async with serving(tmp_path / "state") as harness, access_to(harness) as access:
        await harness.create("ghcr", ghcr())
        runner = (await access.CreateAccessToken(wanted())).secret
        reader = (await access.CreateAccessToken(wanted(role=Role.ROLE_READER))).secret
    (tmp_path / "token").write_text(f"{runner}\n")

    async with over_tls(tmp_path) as endpoint:
        settings = RunnerSettings(
            listen=parse_address("unix:/run/runner.sock"),
            state_directory=tmp_path,
            registry_service=endpoint.address,
            registry_token_file=tmp_path / "token",
            registry_authority=endpoint.authority,
        )
        client = RegistryClient(settings.registry_endpoint())
        refused = RegistryClient(replace(endpoint, token=reader))
        issued = await client.issue_credentials("registries/ghcr")
        with pytest.raises(RegistriesError) as raised:
            await refused.issue_credentials("registries/ghcr")
        await client.close()
        await refused.close()

    assert issued.password == PASSWORD
    assert raised.value.reason == "ROLE_INSUFFICIENT"


async def test_copy_of_database_and_key_is_a_backup(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    async with serving(here) as harness:
        await harness.create("ghcr", ghcr())
        with (
            closing(sqlite3.connect(here / DATABASE_NAME)) as database,
            closing(sqlite3.connect(there / DATABASE_NAME)) as copy,
        ):
            database.backup(copy)
        shutil.copy(here / KEY_FILE_NAME, there)
        await harness.create("later", hub())

    async with serving(there) as harness, access_to(harness) as access:
        issued = await harness.stub.IssueRegistryCredentials(
            registry_messages.IssueRegistryCredentialsRequest(name="registries/ghcr")
        )
        found = await entries(access)

    assert issued.registry_credentials.password == PASSWORD
    assert [entry[2] for entry in found][-1:] == ["registries/ghcr"]
    assert "registries/later" not in [entry[2] for entry in found]
