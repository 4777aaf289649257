"""The shared gRPC conventions, through a real server on a real socket."""

from __future__ import annotations

import socket
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2

from freshet.rpc.addresses import Address, InvalidAddress, parse_address
from freshet.rpc.callers import Identities
from freshet.rpc.certificates import CertificateFiles
from freshet.rpc.connect import Endpoint, open_aio_channel
from freshet.rpc.names import REGISTRIES, InvalidResourceName
from freshet.rpc.pages import InvalidPage, decode_token, encode_token, page_size
from freshet.rpc.serve import AddressInUse, Security, Service, listening
from freshet.rpc.status import Fault, Violation, read_failure
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1 import runner_service_pb2_grpc as stubs
from tests.engine.certificates import Authority

DOMAIN = "runner.freshet"

if TYPE_CHECKING:  # takes parameters in its stubs alone
    _Context = grpc.aio.ServicerContext[object, object]


class Absent(Exception):
    """An error of the service under test."""


class Servicer(stubs.RunnerServiceServicer):
    """Fails in every way a servicer may."""

    async def GetRun(
        self, request: messages.GetRunRequest, context: _Context
    ) -> messages.GetRunResponse:
        raise Absent(request.name)

    async def ListRuns(
        self, request: messages.ListRunsRequest, context: _Context
    ) -> messages.ListRunsResponse:
        raise InvalidPage("page_size", "page_size is -1, expected 0 or more")

    async def CancelRun(
        self, request: messages.CancelRunRequest, context: _Context
    ) -> messages.CancelRunResponse:
        raise RuntimeError("the secret is hunter2")

    async def WatchRun(
        self, request: messages.WatchRunRequest, context: _Context
    ) -> AsyncIterator[messages.WatchRunResponse]:
        yield messages.WatchRunResponse()
        raise Absent(request.name)


def fault_table(error: Exception) -> Fault | None:
    if isinstance(error, Absent):
        return Fault(
            code=grpc.StatusCode.NOT_FOUND,
            reason="RUN_NOT_FOUND",
            message=f'there is no run "{error}"',
            metadata={"name": str(error)},
            violations=(Violation("name", "does not exist", "NAME_UNKNOWN"),),
            retry_delay_s=1.5,
        )
    return None


SERVICE = Service(
    domain=DOMAIN,
    full_names=("freshet.runner.v1.RunnerService",),
    add_to=lambda server: stubs.add_RunnerServiceServicer_to_server(
        Servicer(),  # type: ignore[abstract]  # the calls left out are not made here
        server,
    ),
    fault_table=fault_table,
)


@pytest.fixture
def address(tmp_path: Path) -> Address:
    return parse_address(f"unix:{tmp_path}/private/runner.sock")


@pytest.fixture
async def stub(address: Address) -> AsyncIterator[stubs.RunnerServiceAsyncStub]:
    async with listening(SERVICE, address), open_aio_channel(Endpoint(address=address)) as channel:
        yield stubs.RunnerServiceStub(channel)


async def test_error_of_the_service_is_read_back_with_all_its_facts(
    stub: stubs.RunnerServiceAsyncStub,
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        await stub.GetRun(messages.GetRunRequest(name="runs/x"))

    failure = read_failure(raised.value)

    assert failure.code is grpc.StatusCode.NOT_FOUND
    assert (failure.domain, failure.reason) == (DOMAIN, "RUN_NOT_FOUND")
    assert failure.metadata == {"name": "runs/x"}
    assert failure.violations == (("name", "does not exist"),)
    assert failure.violation_reasons == ("NAME_UNKNOWN",)
    assert str(failure) == 'there is no run "runs/x"'


async def test_error_in_a_stream_comes_after_what_was_sent(
    stub: stubs.RunnerServiceAsyncStub,
) -> None:
    call = stub.WatchRun(messages.WatchRunRequest(name="runs/x"))

    first = await call.read()
    with pytest.raises(grpc.RpcError) as raised:
        await call.read()

    assert first == messages.WatchRunResponse()
    assert read_failure(raised.value).reason == "RUN_NOT_FOUND"


async def test_shared_errors_need_no_table(stub: stubs.RunnerServiceAsyncStub) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        await stub.ListRuns(messages.ListRunsRequest(page_size=-1))

    failure = read_failure(raised.value)

    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
    assert failure.violations[0][0] == "page_size"


@pytest.mark.parametrize("sent", [b"\x0a\x02\xff\xfe", b"\x0a\x7f", b"\xff\xff\xff"])
@pytest.mark.parametrize("method", ["GetRun", "WatchRun"])
async def test_request_that_cannot_be_read_is_the_callers_fault(
    stub: stubs.RunnerServiceAsyncStub, address: Address, method: str, sent: bytes
) -> None:
    async with open_aio_channel(Endpoint(address=address)) as channel:
        stream: grpc.aio.UnaryStreamMultiCallable[bytes, bytes]
        stream = channel.unary_stream(f"/freshet.runner.v1.RunnerService/{method}")
        call = stream(sent)
        with pytest.raises(grpc.RpcError) as raised:
            await call.read()

    failure = read_failure(raised.value)

    assert (failure.code, failure.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "UNREADABLE_REQUEST",
    )


async def test_bug_does_not_show_its_text_to_the_caller(
    stub: stubs.RunnerServiceAsyncStub, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        await stub.CancelRun(
            messages.CancelRunRequest(name="runs/x"), metadata=(("x-request-id", "mine-7"),)
        )

    failure = read_failure(raised.value)
    assert failure.code is grpc.StatusCode.INTERNAL
    assert failure.metadata == {"request_id": "mine-7"}
    assert "hunter2" not in str(raised.value)
    assert "hunter2" in caplog.text


async def test_socket_is_open_to_its_owner_alone(address: Address) -> None:
    async with listening(SERVICE, address):
        path = address.socket_path
        assert path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    assert not path.exists()


async def test_health_is_serving(address: Address) -> None:
    async with listening(SERVICE, address), open_aio_channel(Endpoint(address=address)) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        answer = await check(health_pb2.HealthCheckRequest(service=SERVICE.full_names[0]))

    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_health_can_be_watched(address: Address) -> None:
    async with listening(SERVICE, address), open_aio_channel(Endpoint(address=address)) as channel:
        watch = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        watching = watch(health_pb2.HealthCheckRequest())

        first = await watching.read()
        watching.cancel()

    assert first == health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


@pytest.mark.parametrize("request_id", ["", "two words", "x" * 65])
async def test_malformed_request_id_is_replaced(
    stub: stubs.RunnerServiceAsyncStub, request_id: str
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        await stub.CancelRun(
            messages.CancelRunRequest(name="runs/x"), metadata=(("x-request-id", request_id),)
        )

    given = read_failure(raised.value).metadata["request_id"]
    assert given != request_id
    assert 10 <= len(given) <= 30


async def test_changes_are_logged_and_reads_when_asked_for(
    stub: stubs.RunnerServiceAsyncStub, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="freshet.calls"):
        for name in ("x", "y z"):
            with pytest.raises(grpc.RpcError):
                await stub.CancelRun(messages.CancelRunRequest(name=f"runs/{name}"))
            with pytest.raises(grpc.RpcError):
                await stub.GetRun(messages.GetRunRequest(name=f"runs/{name}"))
    with caplog.at_level("DEBUG", logger="freshet.calls"), pytest.raises(grpc.RpcError):
        await stub.GetRun(messages.GetRunRequest(name="runs/x"))

    lines = [record.message for record in caplog.records if record.name == "freshet.calls"]
    assert [line.partition(" caller=")[0] for line in lines] == [
        "method=CancelRun",
        "method=CancelRun",
        "method=GetRun",
    ]
    assert "resource=runs/x code=INTERNAL outcome=INTERNAL" in lines[0]
    assert "resource" not in lines[1]  # a name of another form may be anything
    assert "code=NOT_FOUND outcome=RUN_NOT_FOUND" in lines[2]


async def test_stale_socket_is_replaced_and_a_live_one_is_not(address: Address) -> None:
    path = address.socket_path
    assert path
    path.parent.mkdir()
    path.touch()

    async with listening(SERVICE, address):
        with pytest.raises(AddressInUse):
            async with listening(SERVICE, address):
                pass

        assert path.exists()


async def test_tcp_is_refused_without_protection() -> None:
    with pytest.raises(InvalidAddress, match="certificate"):
        async with listening(SERVICE, parse_address("127.0.0.1:0")):
            pass


async def test_insecure_is_for_loopback_alone() -> None:
    with pytest.raises(InvalidAddress, match="other machines"):
        async with listening(SERVICE, parse_address("0.0.0.0:0"), Security(insecure=True)):
            pass


@pytest.mark.parametrize(
    "text", ["", "host", "host:", "host:port", "host:99999", "unix:relative", "unix:/" + "a" * 200]
)
def test_faulty_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        parse_address(text)


@pytest.mark.parametrize("name", ["", "registries", "registries/", "runs/a", "registries/a/b"])
def test_name_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(InvalidResourceName):
        REGISTRIES.id(name)


def test_page_token_is_read_back() -> None:
    assert decode_token(encode_token("ünï/code")) == "ünï/code"
    assert decode_token("") == ""


@pytest.mark.parametrize("token", ["x", "????", encode_token("a")[:-2], "YWJj"])
def test_foreign_page_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidPage):
        decode_token(token)


def test_page_size_has_default_and_cap() -> None:
    assert [page_size(size) for size in (0, 7, 5000)] == [50, 7, 1000]
    with pytest.raises(InvalidPage):
        page_size(-1)


@pytest.fixture
def endpoint(tmp_path: Path) -> Endpoint:
    """A TCP address on loopback, and the authority of its certificate."""
    authority = Authority.new("tests")
    authority.issue("localhost", "127.0.0.1").write(tmp_path, "server")
    authority.pair().write(tmp_path, "authority")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Endpoint(
        address=parse_address(f"localhost:{port}"),
        authority=tmp_path / "authority.crt",
        token="right-token",
    )


async def test_tcp_is_served_with_tls_to_who_has_the_token(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    security = Security(
        certificate_files=CertificateFiles(
            certificate=tmp_path / "server.crt", private_key=tmp_path / "server.key"
        ),
        identities=Identities(token="right-token"),
    )

    async with listening(SERVICE, endpoint.address, security):
        codes = [
            await _code_of_a_call(replace(endpoint, token=token))
            for token in ("right-token", "wrong-token", None)
        ]

    refused = grpc.StatusCode.UNAUTHENTICATED
    assert codes == [grpc.StatusCode.NOT_FOUND, refused, refused]
    assert "right-token" not in repr(security) + repr(endpoint)


async def _code_of_a_call(endpoint: Endpoint) -> grpc.StatusCode:
    async with open_aio_channel(endpoint) as channel:
        stub: stubs.RunnerServiceAsyncStub = stubs.RunnerServiceStub(channel)
        with pytest.raises(grpc.RpcError) as raised:
            await stub.GetRun(messages.GetRunRequest(name="runs/x"), timeout=20)
    return read_failure(raised.value).code
