"""What a build's session answers, asked without a daemon."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import grpc
import pytest
from grpc_health.v1 import health_pb2

from runner_service.daemon import BuildRequest, ContextUnreadable, Credentials, RegistryUse
from runner_service.daemon.buildkit.answers import Answers
from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.filesync import ContextTree, EmptyTree, Tree
from runner_service.daemon.buildkit.ignore import IgnoreRules
from runner_service.daemon.buildkit.recipe import Recipe
from runner_service.daemon.buildkit.wire_pb2 import (
    CredentialsRequest,
    GetSecretRequest,
    Packet,
    Stat,
)


class _Aborted(Exception):
    """What a real call raises when it is aborted."""


class _Rpc:
    """One call, as the daemon makes it."""

    def __init__(self, *metadata: tuple[str, str]) -> None:
        self._metadata = metadata
        self.aborted: tuple[grpc.StatusCode, str] | None = None

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return self._metadata

    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        self.aborted = (code, details)
        raise _Aborted


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def _answers(threads: ThreadPoolExecutor, tree: Tree | None = None, **values: Any) -> Answers:  # noqa: ANN401 - fields of the request
    request = BuildRequest(context_directory=Path("/src"), **values)
    return Answers(request, {"context": tree} if tree else {}, threads)


async def _ask(answers: Answers, method: str, asked: object, rpc: _Rpc) -> Any:  # noqa: ANN401 - any message
    service, _, name = method.rpartition("/")
    handler: Any = answers.services[service][name]
    return await handler.unary_unary(asked, rpc)


async def _files(answers: Answers, rpc: _Rpc, *asked: Packet) -> list[Packet]:
    async def asks() -> AsyncIterator[Packet]:
        for packet in asked:
            yield packet

    handler: Any = answers.services["moby.filesync.v1.FileSync"]["DiffCopy"]
    return [packet async for packet in handler.stream_stream(asks(), rpc)]


def _tree(root: Path) -> ContextTree:
    recipe = Recipe(name="Dockerfile", text=b"", rules=IgnoreRules())
    return ContextTree(ContextDirectory(root), recipe)


async def test_account_is_asked_for_by_domain(threads: ThreadPoolExecutor) -> None:
    async def credentials_for(use: RegistryUse) -> Credentials:
        return Credentials(username=f"ann of {use.domain}", password="secret")

    answers = _answers(threads, credentials_for=credentials_for)
    asked = CredentialsRequest(host="registry-1.docker.io")

    answer = await _ask(answers, "moby.filesync.v1.Auth/Credentials", asked, _Rpc())

    assert (answer.username, answer.secret) == ("ann of docker.io", "secret")


async def test_identity_token_has_no_user(threads: ThreadPoolExecutor) -> None:
    async def credentials_for(use: RegistryUse) -> Credentials:
        return Credentials(username="<token>", password="secret")

    answers = _answers(threads, credentials_for=credentials_for)
    asked = CredentialsRequest(host="ghcr.io")

    answer = await _ask(answers, "moby.filesync.v1.Auth/Credentials", asked, _Rpc())

    assert (answer.username, answer.secret) == ("", "secret")


@pytest.mark.parametrize("has_source", [True, False])
async def test_no_account_is_an_empty_answer(threads: ThreadPoolExecutor, has_source: bool) -> None:
    async def nobody(use: RegistryUse) -> None:
        return None

    answers = _answers(threads, credentials_for=nobody if has_source else None)
    asked = CredentialsRequest(host="ghcr.io")

    answer = await _ask(answers, "moby.filesync.v1.Auth/Credentials", asked, _Rpc())

    assert (answer.username, answer.secret) == ("", "")


@pytest.mark.parametrize("method", ["Auth/Credentials", "Secrets/GetSecret"])
async def test_trouble_of_the_caller_is_kept_and_not_told_to_the_daemon(
    threads: ThreadPoolExecutor, method: str
) -> None:
    trouble = LookupError("the vault said: hunter2")

    async def fail(*_: str) -> Any:  # noqa: ANN401 - never returns
        raise trouble

    answers = _answers(threads, credentials_for=fail, secrets={"token": fail})
    rpc = _Rpc()
    asked, package = (
        (CredentialsRequest(host="ghcr.io"), "moby.filesync.v1.")
        if method.startswith("Auth")
        else (GetSecretRequest(id="token"), "moby.buildkit.secrets.v1.")
    )

    with pytest.raises(_Aborted):
        await _ask(answers, package + method, asked, rpc)

    assert answers.trouble is trouble
    assert rpc.aborted is not None
    assert "hunter2" not in rpc.aborted[1]


async def test_secret_is_given_by_id(threads: ThreadPoolExecutor) -> None:
    async def token() -> bytes:
        return b"hunter2"

    answers = _answers(threads, secrets={"token": token})
    method = "moby.buildkit.secrets.v1.Secrets/GetSecret"

    answer = await _ask(answers, method, GetSecretRequest(id="token"), _Rpc())

    assert answer.data == b"hunter2"


async def test_unknown_secret_is_not_found(threads: ThreadPoolExecutor) -> None:
    answers, rpc = _answers(threads), _Rpc()

    with pytest.raises(_Aborted):
        await _ask(
            answers,
            "moby.buildkit.secrets.v1.Secrets/GetSecret",
            GetSecretRequest(id="other"),
            rpc,
        )

    assert rpc.aborted == (grpc.StatusCode.NOT_FOUND, "secret other not found")
    assert answers.trouble is None


async def test_directory_is_chosen_by_name(threads: ThreadPoolExecutor, tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    answers = _answers(threads, _tree(tmp_path))

    packets = await _files(answers, _Rpc(("dir-name", "context")))

    assert packets[0].stat.path == b"file"


async def test_daemon_need_not_know_what_is_ignored(
    threads: ThreadPoolExecutor, tmp_path: Path
) -> None:
    tmp_path.joinpath(".dockerignore").touch()
    answers = _answers(threads, _tree(tmp_path))
    rpc = _Rpc(("dir-name", "context"), ("followpaths", ".dockerignore"))

    packets = await _files(answers, rpc)

    assert not any(packet.HasField("stat") for packet in packets)


async def test_unknown_directory_is_not_found(threads: ThreadPoolExecutor) -> None:
    rpc = _Rpc(("dir-name", "home"))

    with pytest.raises(_Aborted):
        await _files(_answers(threads), rpc)

    assert rpc.aborted is not None
    assert rpc.aborted[0] is grpc.StatusCode.NOT_FOUND


async def test_unreadable_file_is_kept_as_trouble(
    threads: ThreadPoolExecutor, tmp_path: Path
) -> None:
    class Vanishing(EmptyTree):
        def stats(self) -> Iterator[Stat]:
            yield Stat(path=b"file")

        def pieces(self, path: bytes) -> Iterator[bytes]:
            raise ContextUnreadable(path.decode(), "gone")

    answers, rpc = _answers(threads, Vanishing()), _Rpc(("dir-name", "context"))

    with pytest.raises(_Aborted):
        await _files(answers, rpc, Packet(type=Packet.TYPE_REQ, id=0))

    assert isinstance(answers.trouble, ContextUnreadable)


async def test_session_is_well(threads: ThreadPoolExecutor) -> None:
    asked = health_pb2.HealthCheckRequest()

    answer = await _ask(_answers(threads), "grpc.health.v1.Health/Check", asked, _Rpc())

    assert answer.status == health_pb2.HealthCheckResponse.SERVING
