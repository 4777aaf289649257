"""Who may call which method of the services, over real TLS."""

from __future__ import annotations

import asyncio
import datetime
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pool import Default as default_pool

from freshet.access.v1.access_pb2 import Role
from freshet.rpc.access import Caller, Grant, read_methods, role_word
from freshet.rpc.addresses import Address
from freshet.rpc.callers import Identities
from freshet.rpc.calls import Call
from freshet.rpc.serve import Security, listening
from freshet.rpc.status import read_failure
from tests.contract.protected import SERVICES, Keys, call, every_method, free_address

METHODS = {
    "reader": """
        GetRegistry BatchGetRegistries ListRegistries GetRegistrySettings ResolveRepositories
        ResolvePulls FindPullRegistries GetImage ListImages FindCacheImages GetRun ListRuns
        WatchRun GetRunner""",
    "runner": "IssueRegistryCredentials RecordImage AnnotateImage UpdateImageTags",
    "editor": """
        CreateRegistry UpdateRegistry DeleteRegistry UpdateRegistrySettings TestRegistry
        DeleteImage CreateRun CancelRun DecideApproval DeleteRun
        UploadArchive""",
    "admin": """
        ResealSecrets CreateAccessToken ListAccessTokens DeleteAccessToken ListAuditEntries""",
}
"""What each role adds. Written once more than in the protos, so that a slip there is seen."""
ABOVE = {
    "reader": ("reader", "runner", "editor", "admin"),
    "runner": ("runner", "admin"),
    "editor": ("editor", "admin"),
    "admin": ("admin",),
}
CHECK = "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
ROLES = {role_word(role): role for role in Role.values() if role}
GRANTS = {
    f"secret-{word}": Grant(caller=Caller(name=f"accessTokens/{word}", role=role))
    for word, role in ROLES.items()
} | {"secret-expired": Grant(caller=Caller(name="old", role=Role.ROLE_ADMIN), expire_time_s=1.0)}
HOUR = datetime.timedelta(hours=1)
REFUSED = {None: "TOKEN_MISSING", "wrong": "TOKEN_INVALID", "secret-expired": "TOKEN_EXPIRED"}


@dataclass(frozen=True, slots=True)
class Noted:
    """An audit log in memory."""

    calls: list[Call] = field(default_factory=list)

    def note(self, call: Call) -> None:
        self.calls.append(call)

    async def write(self, call: Call) -> None:
        self.calls.append(call)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


@pytest.fixture
def grants() -> dict[str, Grant]:
    return dict(GRANTS)


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
async def channel(
    keys: Keys, grants: dict[str, Grant], noted: Noted
) -> AsyncIterator[grpc.aio.Channel]:
    address = free_address()
    security = Security(certificate_files=keys.server())
    async with (
        listening(every_method(grants.get, noted), address, security),
        keys.channel(address) as channel,
    ):
        yield channel


def paths_by_role() -> dict[str, list[str]]:
    roles = {name: role for role, names in METHODS.items() for name in names.split()}
    found: dict[str, list[str]] = {role: [] for role in METHODS}
    for service in SERVICES:
        for method in default_pool().FindServiceByName(service).methods:
            found[roles[method.name]].append(f"/{service}/{method.name}")
    return found


async def reason_of(channel: grpc.aio.Channel, path: str, secret: str | None) -> str:
    metadata = [("authorization", f"Bearer {secret}")] if secret else []
    try:
        await call(channel, path, *metadata)
    except grpc.RpcError as error:
        return read_failure(error).reason
    return "OK"


def test_each_method_says_which_role_it_needs() -> None:
    said = {
        method.name: role_word(method.role)
        for service in SERVICES
        for method in read_methods(service).values()
    }

    assert said == {name: role for role, names in METHODS.items() for name in names.split()}


def test_each_method_that_needs_more_than_a_reader_is_audited() -> None:
    unseen = [
        method.name
        for service in SERVICES
        for method in read_methods(service).values()
        if method.role != Role.ROLE_READER and not method.audited
    ]

    assert unseen == ["ListAccessTokens", "ListAuditEntries"]


def test_method_without_a_role_is_a_bug() -> None:
    with pytest.raises(LookupError, match="Health"):
        read_methods("grpc.health.v1.Health")


@pytest.mark.parametrize("needed", METHODS)
async def test_each_method_is_open_to_its_roles_alone(
    channel: grpc.aio.Channel, needed: str
) -> None:
    paths = paths_by_role()[needed] + ([REFLECTION] if needed == "reader" else [])

    answers = {
        (path, role): await reason_of(channel, path, f"secret-{role}")
        for path in paths
        for role in ROLES
    }

    assert answers == {
        (path, role): "OK" if role in ABOVE[needed] else "ROLE_INSUFFICIENT"
        for path in paths
        for role in ROLES
    }


@pytest.mark.parametrize(("secret", "reason"), REFUSED.items())
async def test_no_method_answers_without_a_token_that_works(
    channel: grpc.aio.Channel, secret: str | None, reason: str
) -> None:
    paths = [path for paths in paths_by_role().values() for path in paths] + [REFLECTION]

    reasons = {await reason_of(channel, path, secret) for path in paths}

    assert reasons == {reason}


async def test_health_is_open_to_everybody(channel: grpc.aio.Channel) -> None:
    assert await call(channel, CHECK) == b"\x08\x01"  # the message with the status SERVING


async def test_revoked_token_is_refused_at_the_next_call(
    channel: grpc.aio.Channel, grants: dict[str, Grant]
) -> None:
    path = "/freshet.registry.v1.RegistryService/GetRegistry"
    before = await reason_of(channel, path, "secret-reader")

    del grants["secret-reader"]

    assert (before, await reason_of(channel, path, "secret-reader")) == ("OK", "TOKEN_INVALID")


async def test_refusal_tells_what_is_needed(channel: grpc.aio.Channel) -> None:
    path = "/freshet.registry.v1.RegistryService/DeleteRegistry"

    with pytest.raises(grpc.RpcError) as raised:
        await call(channel, path, ("authorization", "Bearer secret-runner"))

    failure = read_failure(raised.value)
    assert failure.code is grpc.StatusCode.PERMISSION_DENIED
    assert failure.metadata == {
        "caller": "accessTokens/runner",
        "needed": "editor",
        "has": "runner",
    }


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic secret-admin", "secret-admin"])
async def test_malformed_authorization_is_no_token(channel: grpc.aio.Channel, value: str) -> None:
    path = "/freshet.registry.v1.RegistryService/GetRegistry"

    with pytest.raises(grpc.RpcError) as raised:
        await call(channel, path, ("authorization", value))

    assert read_failure(raised.value).reason == "TOKEN_INVALID"


async def test_refused_calls_are_noted_with_the_host(
    channel: grpc.aio.Channel, noted: Noted
) -> None:
    path = "/freshet.registry.v1.RegistryService/GetRegistry"

    for secret in ("wrong", "secret-expired", "secret-reader"):
        await reason_of(channel, path, secret)

    assert [(call.caller, call.outcome) for call in noted.calls] == [
        ("unknown:127.0.0.1", "TOKEN_INVALID"),
        ("old", "TOKEN_EXPIRED"),
    ]


CERTIFICATE_ROLES = {"ci.example.org": Role.ROLE_RUNNER, "ops.example.org": Role.ROLE_ADMIN}


@pytest.fixture
async def mutual(keys: Keys, noted: Noted) -> AsyncIterator[Address]:
    address = free_address()
    security = Security(
        certificate_files=keys.server(mutual=True),
        identities=Identities(token="from-file", certificate_roles=CERTIFICATE_ROLES),
    )
    async with listening(every_method(GRANTS.get, noted), address, security):
        yield address


@pytest.mark.parametrize(
    ("client", "answers"),
    {
        "ci.example.org": ["OK", "OK", "ROLE_INSUFFICIENT"],
        "ops.example.org": ["OK", "OK", "OK"],
        "stranger.example.org": ["ROLE_INSUFFICIENT"] * 3,
    }.items(),
)
async def test_certificate_has_the_role_that_its_name_is_given(
    mutual: Address, keys: Keys, noted: Noted, client: str, answers: list[str]
) -> None:
    service = "/freshet.registry.v1.RegistryService"
    methods = ("GetRegistry", "IssueRegistryCredentials", "ResealSecrets")

    async with keys.channel(mutual, client) as channel:
        given = [await reason_of(channel, f"{service}/{name}", None) for name in methods]

    assert given == answers
    assert {call.caller for call in noted.calls} == {f"certificate:{client}"}


async def test_token_counts_before_a_certificate(mutual: Address, keys: Keys) -> None:
    path = "/freshet.registry.v1.RegistryService/ResealSecrets"

    async with keys.channel(mutual, "ci.example.org") as channel:
        reasons = [await reason_of(channel, path, secret) for secret in ("from-file", "wrong")]

    assert reasons == ["OK", "TOKEN_INVALID"]


@pytest.mark.parametrize("stranger", [True, False])
async def test_mutual_tls_lets_nobody_in_without_a_certificate_of_the_authority(
    mutual: Address, keys: Keys, tmp_path: Path, stranger: bool
) -> None:
    channel = keys.channel(mutual)
    if stranger:
        pair = Keys(tmp_path).authority.issue("ci.example.org")
        credentials = grpc.ssl_channel_credentials(
            keys.authority.pair().certificate, pair.key, pair.certificate
        )
        channel = grpc.aio.secure_channel(mutual.target, credentials)

    async with channel:
        with pytest.raises(grpc.RpcError) as raised:
            await call(channel, CHECK)

    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_every_certificate_of_the_authority_may_be_given_a_role(keys: Keys) -> None:
    address = free_address()
    security = Security(
        certificate_files=keys.server(mutual=True),
        identities=Identities(certificate_roles={"*": Role.ROLE_READER}),
    )

    async with (
        listening(every_method(GRANTS.get), address, security),
        keys.channel(address, "anybody.example.org") as channel,
    ):
        path = "/freshet.registry.v1.RegistryService/GetRegistry"
        assert await reason_of(channel, path, None) == "OK"


async def test_renewed_certificate_is_served_without_a_restart(keys: Keys) -> None:
    address = free_address()
    security = Security(certificate_files=keys.server())
    async with listening(every_method(GRANTS.get), address, security):
        async with keys.channel(address) as channel:
            await call(channel, CHECK)

        renewed = Keys(keys.folder)
        renewed.server()

        async with renewed.channel(address) as channel:
            assert await call(channel, CHECK) == b"\x08\x01"


async def test_half_renewed_certificate_changes_nothing(
    keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    address = free_address()
    files = keys.server()
    async with listening(every_method(GRANTS.get), address, Security(certificate_files=files)):
        files.private_key.write_bytes(keys.authority.issue("localhost").key)

        async with keys.channel(address) as channel:
            assert await call(channel, CHECK) == b"\x08\x01"

    assert "is not the key of" in caplog.text


async def test_expired_certificate_of_the_server_is_not_trusted(
    keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    address = free_address()
    files = keys.server()
    keys.authority.issue("127.0.0.1", life=-HOUR).write(keys.folder, "server")
    async with (
        listening(every_method(GRANTS.get), address, Security(certificate_files=files)),
        keys.channel(address) as channel,
    ):
        with pytest.raises(grpc.RpcError) as raised:
            await call(channel, CHECK)

    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "has expired" in caplog.text


async def test_expired_certificate_of_a_client_is_not_let_in(mutual: Address, keys: Keys) -> None:
    pair = keys.authority.issue("ops.example.org", life=-HOUR)
    credentials = grpc.ssl_channel_credentials(
        keys.authority.pair().certificate, pair.key, pair.certificate
    )

    async with grpc.aio.secure_channel(mutual.target, credentials) as channel:
        with pytest.raises(grpc.RpcError) as raised:
            await call(channel, CHECK)

    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


RUNNER_SERVICE = "freshet.runner.v1.RunnerService"


@dataclass(frozen=True, slots=True)
class Slow:
    """A service that answers when it is told to."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    finish: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, _request: object, _context: object) -> bytes:
        self.arrived.set()
        await self.finish.wait()
        return b"done"

    def add_to(self, server: grpc.aio.Server) -> None:
        handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
            self.answer
        )
        server.add_registered_method_handlers(RUNNER_SERVICE, {"CancelRun": handler})


async def test_change_whose_caller_left_is_noted(noted: Noted) -> None:
    slow, address = Slow(), free_address()
    service = replace(every_method(GRANTS.get, noted), add_to=slow.add_to)
    async with (
        listening(service, address, Security(insecure=True)),
        grpc.aio.insecure_channel(address.target) as channel,
    ):
        leaving = asyncio.create_task(call(channel, f"/{RUNNER_SERVICE}/CancelRun"))
        await slow.arrived.wait()
        leaving.cancel()
        while not noted.calls:
            await asyncio.sleep(0)

    assert [(each.caller, each.outcome) for each in noted.calls] == [("insecure", "CANCELLED")]


def listens(address: Address) -> bool:
    host, _, port = address.target.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


async def test_stop_waits_for_a_call_in_flight_and_takes_no_other() -> None:
    slow = Slow()
    address, path = free_address(), f"/{RUNNER_SERVICE}/CancelRun"
    service = replace(every_method(GRANTS.get), add_to=slow.add_to)
    async with grpc.aio.insecure_channel(address.target) as channel:
        stack = AsyncExitStack()
        await stack.enter_async_context(listening(service, address, Security(insecure=True)))
        in_flight = asyncio.create_task(call(channel, path))
        await slow.arrived.wait()
        stopping = asyncio.create_task(stack.aclose())
        # Else it would share the connection of the other, which is still open.
        alone = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(address.target, options=alone) as late:
            while listens(address):  # until the stop has come that far
                await asyncio.sleep(0)
            with pytest.raises(grpc.RpcError) as raised:
                await call(late, path)
        slow.finish.set()

        assert await in_flight == b"done"
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        await stopping
