"""Whatever callers send: a typed error that arrives, soon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.registry.v1.registry_pb2 import (
    GoogleLogin,
    PasswordLogin,
    Registry,
    RegistryLogin,
    RegistrySettings,
)
from freshet.registry.v1.repository_pb2 import RepositoryQuery
from freshet.rpc.status import read_failure
from tests.contract.registry import Harness, ghcr, hub, serving

LONG = "ä" * 500_000  # a megabyte of UTF-8
PUSH = RepositoryQuery.PURPOSE_PUSH
SERVICE = messages.DESCRIPTOR.services_by_name["RegistryService"]
_LIMIT_S = 5.0


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with serving(tmp_path / "state") as harness:
        yield harness


def create(registry_id: str = "mine", request_id: str = "", **fields: object) -> Message:
    registry = ghcr(**fields)
    return messages.CreateRegistryRequest(
        registry_id=registry_id, registry=registry, request_id=request_id
    )


def login(username: str = "ann", password: str = "x") -> RegistryLogin:
    return RegistryLogin(password=PasswordLogin(username=username, password=password))


MASK = FieldMask(paths=["colour"] * 200_000)
UPDATE = messages.UpdateRegistryRequest
CASES: list[tuple[str, Message, str, str, str]] = [
    ("CreateRegistry", create(LONG), "INVALID_ARGUMENT", "registry_id", "FIELD_TOO_LONG"),
    ("CreateRegistry", create("a b"), "INVALID_ARGUMENT", "registry_id", "NAME_INVALID"),
    ("CreateRegistry", create("../x"), "INVALID_ARGUMENT", "registry_id", "NAME_INVALID"),
    ("CreateRegistry", create("\0"), "INVALID_ARGUMENT", "registry_id", "NAME_INVALID"),
    (
        "CreateRegistry",
        create(domain=LONG),
        "INVALID_ARGUMENT",
        "registry.domain",
        "FIELD_TOO_LONG",
    ),
    (
        "CreateRegistry",
        create(domain="ftp://ghcr.io/acme"),
        "INVALID_ARGUMENT",
        "registry.domain",
        "DOMAIN_HAS_PATH",
    ),
    (
        "CreateRegistry",
        create(domain="ghcr.io\nx"),
        "INVALID_ARGUMENT",
        "registry.domain",
        "DOMAIN_INVALID",
    ),
    (
        "CreateRegistry",
        create(repository_prefix=LONG),
        "INVALID_ARGUMENT",
        "registry.repository_prefix",
        "FIELD_TOO_LONG",
    ),
    (
        "CreateRegistry",
        create(repository_prefix="/"),
        "INVALID_ARGUMENT",
        "registry.repository_prefix",
        "PREFIX_HAS_SLASHES",
    ),
    (
        "CreateRegistry",
        create(login=login(username=LONG)),
        "INVALID_ARGUMENT",
        "registry.login",
        "FIELD_TOO_LONG",
    ),
    (
        "CreateRegistry",
        create(login=login(password=LONG)),
        "INVALID_ARGUMENT",
        "registry.login",
        "FIELD_TOO_LONG",
    ),
    (
        "CreateRegistry",
        create(login=RegistryLogin(google=GoogleLogin(keyfile_json="[" * 50_000))),
        "INVALID_ARGUMENT",
        "registry.login",
        "LOGIN_OF_OTHER_PROVIDER",
    ),
    (
        "CreateRegistry",
        create(request_id=LONG),
        "INVALID_ARGUMENT",
        "request_id",
        "REQUEST_ID_INVALID",
    ),
    (
        "CreateRegistry",
        messages.CreateRegistryRequest(registry_id="mine"),
        "INVALID_ARGUMENT",
        "registry.provider",
        "PROVIDER_UNKNOWN",
    ),
    (
        "CreateRegistry",
        create(provider=99),
        "INVALID_ARGUMENT",
        "registry.provider",
        "PROVIDER_UNKNOWN",
    ),
    (
        "UpdateRegistry",
        UPDATE(registry=Registry(name="registries/one"), update_mask=MASK),
        "INVALID_ARGUMENT",
        "update_mask",
        "COUNT_OUT_OF_RANGE",
    ),
    (
        "UpdateRegistry",
        UPDATE(registry=Registry(name="registries/one"), update_mask=FieldMask(paths=[LONG])),
        "INVALID_ARGUMENT",
        "update_mask",
        "MASK_PATH_UNKNOWN",
    ),
    (
        "UpdateRegistry",
        UPDATE(registry=Registry(name="registries/one", provider=Registry.PROVIDER_QUAY)),
        "INVALID_ARGUMENT",
        "registry.provider",
        "PROVIDER_IMMUTABLE",
    ),
    (
        "UpdateRegistry",
        UPDATE(registry=Registry(name=LONG)),
        "INVALID_ARGUMENT",
        "name",
        "INVALID_RESOURCE_NAME",
    ),
    (
        "UpdateRegistrySettings",
        messages.UpdateRegistrySettingsRequest(
            registry_settings=RegistrySettings(default_registry=LONG)
        ),
        "INVALID_ARGUMENT",
        "registry_settings.default_registry",
        "REGISTRY_NOT_FOUND",
    ),
    (
        "UpdateRegistrySettings",
        messages.UpdateRegistrySettingsRequest(
            registry_settings=RegistrySettings(default_push=9)  # type: ignore[arg-type]  # unknown
        ),
        "INVALID_ARGUMENT",
        "registry_settings.default_push",
        "VALUE_UNKNOWN",
    ),
    (
        "GetRegistry",
        messages.GetRegistryRequest(name="registries/a/b"),
        "INVALID_ARGUMENT",
        "name",
        "INVALID_RESOURCE_NAME",
    ),
    ("GetRegistry", messages.GetRegistryRequest(name=f"registries/{LONG}"), "NOT_FOUND", "", ""),
    (
        "BatchGetRegistries",
        messages.BatchGetRegistriesRequest(names=["registries/one"] * 101),
        "INVALID_ARGUMENT",
        "names",
        "COUNT_OUT_OF_RANGE",
    ),
    (
        "ListRegistries",
        messages.ListRegistriesRequest(page_token=LONG),
        "INVALID_ARGUMENT",
        "page_token",
        "INVALID_PAGE",
    ),
    (
        "ListRegistries",
        messages.ListRegistriesRequest(page_size=-1),
        "INVALID_ARGUMENT",
        "page_size",
        "INVALID_PAGE",
    ),
    (
        "ResolveRepositories",
        messages.ResolveRepositoriesRequest(queries=[RepositoryQuery(purpose=PUSH)] * 10_001),
        "INVALID_ARGUMENT",
        "queries",
        "COUNT_OUT_OF_RANGE",
    ),
    (
        "ResolveRepositories",
        messages.ResolveRepositoriesRequest(queries=[RepositoryQuery()] * 10_000),
        "INVALID_ARGUMENT",
        "queries[0].purpose",
        "VALUE_UNKNOWN",
    ),
    (
        "ResolvePulls",
        messages.ResolvePullsRequest(images=["app"] * 1001),
        "INVALID_ARGUMENT",
        "images",
        "COUNT_OUT_OF_RANGE",
    ),
    (
        "ResolvePulls",
        messages.ResolvePullsRequest(images=["app"], registry_contexts=["one"] * 1001),
        "INVALID_ARGUMENT",
        "registry_contexts",
        "COUNT_OUT_OF_RANGE",
    ),
    (
        "ResolvePulls",
        messages.ResolvePullsRequest(images=["app"], registry_contexts=[LONG]),
        "NOT_FOUND",
        "",
        "",
    ),
    (
        "FindPullRegistries",
        messages.FindPullRegistriesRequest(domains=[""] * 1001),
        "INVALID_ARGUMENT",
        "domains",
        "COUNT_OUT_OF_RANGE",
    ),
    (
        "TestRegistry",
        messages.TestRegistryRequest(name="registries/one", repository=LONG),
        "INVALID_ARGUMENT",
        "repository",
        "IMAGE_NAME_INVALID",
    ),
    (
        "TestRegistry",
        messages.TestRegistryRequest(draft=ghcr(domain=LONG)),
        "INVALID_ARGUMENT",
        "draft.domain",
        "FIELD_TOO_LONG",
    ),
]


@pytest.mark.parametrize(
    ("method", "request_", "code", "field", "reason"),
    CASES,
    ids=[f"{method}-{field}-{reason}" for method, _, _, field, reason in CASES],
)
async def test_bad_request_gets_a_typed_error_soon(
    harness: Harness, method: str, request_: Message, code: str, field: str, reason: str
) -> None:
    await harness.create("one", ghcr())
    begin = time.monotonic()

    with pytest.raises(grpc.RpcError) as raised:
        await getattr(harness.stub, method)(request_)

    failure = read_failure(raised.value)
    assert failure.code.name == code
    assert failure.domain == "registry.freshet"
    assert not field or (failure.violations[0][0], failure.violation_reasons[0]) == (field, reason)
    assert time.monotonic() - begin < _LIMIT_S


async def test_ten_thousand_hopeless_queries_are_answered(harness: Harness) -> None:
    await harness.create("one", ghcr())
    long = "a" * 3000
    queries = [
        RepositoryQuery(
            purpose=PUSH, registry_id="one", image_name=f"{long}/{n}", registry_contexts=[long]
        )
        for n in range(10_000)
    ]
    begin = time.monotonic()

    response = await harness.stub.ResolveRepositories(
        messages.ResolveRepositoriesRequest(queries=queries)
    )

    assert {each.fault.reason for each in response.resolutions} == {"IMAGE_NAME_INVALID"}
    assert {each.step_faults[0].reason for each in response.resolutions} == {"REGISTRY_NOT_FOUND"}
    assert time.monotonic() - begin < 4 * _LIMIT_S


@pytest.mark.parametrize("sent", [b"\x0a\x02\xff\xfe", b"\x0a\x7f", b"\xff\xff\xff", b"\x0b"])
async def test_request_that_cannot_be_read_is_the_callers_fault(
    harness: Harness, sent: bytes
) -> None:
    async with grpc.aio.insecure_channel(harness.address) as channel:
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
        method = channel.unary_unary(f"/{SERVICE.full_name}/GetRegistry")
        with pytest.raises(grpc.RpcError) as raised:
            await method(sent)

    failure = read_failure(raised.value)
    assert (failure.code.name, failure.reason) == ("INVALID_ARGUMENT", "UNREADABLE_REQUEST")


TEXTS = st.one_of(
    st.sampled_from(
        [
            "registries/one",
            "registries/two",
            "one",
            "two",
            "*",
            "domain",
            "ghcr.io",
            "acme/app",
            "app",
        ]
    ),
    st.text(max_size=30),
    st.from_regex(r"[a-z0-9./:@_-]{0,40}", fullmatch=True),
)
NOWHERE = "127.0.0.1:1"
"""Nobody listens there."""


def values(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    """Return what may stand in one place of `field`."""
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            return TEXTS
        case FieldDescriptor.CPPTYPE_BOOL:
            return st.booleans()
        case FieldDescriptor.CPPTYPE_ENUM:
            return st.integers(0, 12)
        case FieldDescriptor.CPPTYPE_MESSAGE:
            assert field.message_type
            return filled(field.message_type)
        case _:
            return st.integers(-(2**31), 2**31 - 1)


def filled(kind: Descriptor) -> st.SearchStrategy[Message]:
    """Return messages of `kind` with anything in them."""
    make = GetMessageClass(kind)
    fields = {
        field.name: st.lists(values(field), max_size=3) if field.is_repeated else values(field)
        for field in kind.fields
    }
    return st.fixed_dictionaries({}, optional=fields).map(lambda chosen: make(**chosen))


def requests() -> st.SearchStrategy[tuple[str, Message]]:
    """Return a method of the service and a request of it."""
    by_method = [
        st.tuples(st.just(method.name), filled(method.input_type))
        for method in SERVICE.methods
        if method.name != "ResealSecrets"
    ]
    return st.one_of(by_method).map(_harmless)


def _harmless(chosen: tuple[str, Message]) -> tuple[str, Message]:
    """Let nothing leave this machine: no trial, and no exchange of credentials."""
    method, request = chosen
    if isinstance(request, messages.IssueRegistryCredentialsRequest):
        request.name = "registries/one"
    elif isinstance(request, messages.TestRegistryRequest) and request.HasField("draft"):
        request.draft.domain = NOWHERE
        request.draft.provider = Registry.PROVIDER_OTHER
    elif isinstance(request, messages.CreateRegistryRequest | messages.UpdateRegistryRequest):
        request.registry.behind_firewall = True
    return method, request


Call = Callable[[str, Message], str]


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """Call one service for all examples, and return the code of its answer."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        state = tmp_path_factory.mktemp("state")
        harness = runner.run(_enter(stack, state))

        def call(method: str, request: Message) -> str:
            return runner.run(_code(getattr(harness.stub, method)(request)))

        yield call
        runner.run(stack.aclose())


async def _enter(stack: AsyncExitStack, state: Path) -> Harness:
    harness = await stack.enter_async_context(serving(state))
    await harness.create("one", ghcr(behind_firewall=True))
    await harness.create("two", Registry(**{**_fields(hub()), "behind_firewall": True}))
    return harness


def _fields(registry: Registry) -> dict[str, Any]:
    return {field.name: value for field, value in registry.ListFields()}


async def _code(answer: Awaitable[object]) -> str:
    try:
        await answer
    except grpc.RpcError as error:
        failure = read_failure(error)
        assert failure.reason, failure
        return failure.code.name
    return "OK"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(requests())
def test_no_request_is_an_internal_error(call: Call, chosen: tuple[str, Message]) -> None:
    code = call(*chosen)

    event(f"{chosen[0]}: {code}")
    assert code in {
        "OK",
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "ABORTED",
        "FAILED_PRECONDITION",
        "UNIMPLEMENTED",
    }
