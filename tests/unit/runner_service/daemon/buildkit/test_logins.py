"""How a build's session logs in by repository, asked without a daemon."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qs, urlsplit

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from runner_service.daemon import BuildRequest, Credentials, RegistryUse
from runner_service.daemon.buildkit.logins import Logins, domain_of, use_of
from runner_service.daemon.buildkit.wire_pb2 import (
    FetchTokenRequest,
    GetTokenAuthorityRequest,
    VerifyTokenAuthorityRequest,
)


class _Aborted(Exception):
    """What a real call raises when it is aborted."""


class _Rpc:
    """One call, as the daemon makes it."""

    code: grpc.StatusCode | None = None
    words = ""

    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        self.code, self.words = code, details
        raise _Aborted


class _TokenServer(ThreadingHTTPServer):
    """Gives tokens that say who asked for what."""

    daemon_threads = True
    answer: bytes | None = None
    status = 200

    @property
    def realm(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/token?account=x"


class _Handler(BaseHTTPRequestHandler):
    server: _TokenServer

    def do_GET(self) -> None:
        _, _, pair = self.headers.get("Authorization", "").partition(" ")
        self._answer(base64.b64decode(pair).decode(), urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._answer("", self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, who: str, form: str) -> None:
        token = json.dumps({"who": who, **parse_qs(form)})
        body = self.server.answer
        if body is None:
            body = json.dumps({"token": token, "expires_in": 300}).encode()
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_TokenServer]:
    with _TokenServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def _by_owner(use: RegistryUse) -> Credentials | None:
    owner = use.repository.partition("/")[0]
    return Credentials(username=owner, password=f"of-{owner}") if owner != "public" else None


async def _differ(domain: str) -> bool:
    return domain == "hub.test"


async def _give_up(error: Exception, rpc: object) -> NoReturn:
    raise error


def _logins() -> Logins:
    request = BuildRequest(
        context_directory=Path("/src"), credentials_for=_by_owner, accounts_differ=_differ
    )
    return Logins(request, _give_up)


def _asked(server: _TokenServer, *scopes: str, host: str = "hub.test") -> FetchTokenRequest:
    return FetchTokenRequest(
        client_id="buildkit", host=host, realm=server.realm, service="hub", scopes=scopes
    )


@pytest.mark.parametrize(
    "host",
    ["registry-1.docker.io", "index.docker.io", "https://index.docker.io/v1/", "docker.io"],
)
def test_docker_hub_has_one_domain(host: str) -> None:
    assert domain_of(host) == "docker.io"


@pytest.mark.parametrize("host", ["ghcr.io", "127.0.0.1:5000", "my.docker.io"])
def test_other_registries_keep_their_domain(host: str) -> None:
    assert domain_of(host) == host


@pytest.mark.parametrize(
    ("scopes", "path", "written"),
    [
        ([], "", False),
        (["repository:alice/app:pull"], "alice/app", False),
        (["repository:alice/app:pull repository:bob/app:pull,push"], "bob/app", True),
        (["repository:alice/app:pull", "repository:bob/app:push,pull"], "bob/app", True),
        (["registry:catalog:*", "repository:alice/app:pull"], "alice/app", False),
        (["nonsense", ":", "repository"], "", False),
    ],
)
def test_scopes_tell_the_repository(scopes: list[str], path: str, written: bool) -> None:
    assert use_of("d", scopes) == RegistryUse(domain="d", repository=path, written=written)


async def test_tokens_are_fetched_with_the_account_of_the_repository(server: _TokenServer) -> None:
    logins = _logins()

    said = [
        json.loads((await logins.token(_asked(server, scope), _Rpc())).token)  # type: ignore[arg-type]  # a fake call
        for scope in ("repository:alice/app:pull", "repository:bob/app:pull")
    ]

    assert [each["who"] for each in said] == ["alice:of-alice", "bob:of-bob"]
    assert said[0]["scope"] == ["repository:alice/app:pull"]
    assert (said[0]["service"], said[0]["account"]) == (["hub"], ["x"])


async def test_nobody_asks_without_a_password(server: _TokenServer) -> None:
    asked = _asked(server, "repository:public/app:pull")

    token = await _logins().token(asked, _Rpc())  # type: ignore[arg-type]  # a fake call

    assert json.loads(token.token)["who"] == ""
    assert token.expires_in == 300


async def test_identity_token_is_exchanged(server: _TokenServer) -> None:
    async def source(use: RegistryUse) -> Credentials:
        return Credentials(username="<token>", password="identity")

    request = BuildRequest(context_directory=Path("/src"), credentials_for=source)
    asked = _asked(server, "repository:a/b:pull")

    token = await Logins(request, _give_up).token(asked, _Rpc())  # type: ignore[arg-type]  # a fake call

    said = json.loads(token.token)
    assert said["grant_type"] == ["refresh_token"]
    assert said["refresh_token"] == ["identity"]


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (401, b"{}", "HTTP 401"),
        (302, b"{}", "HTTP 302"),
        (200, b"[]", "no token"),
        (200, b"{}", "no token"),
        (200, b"nonsense", "no token"),
        (200, b'{"token": "x", "expires_in": "soon"}', "no token"),
        (200, b"x" * 1_100_000, "too much"),
    ],
)
async def test_token_server_that_gives_none_is_told(
    server: _TokenServer, status: int, answer: bytes, words: str
) -> None:
    server.status, server.answer = status, answer
    rpc = _Rpc()

    with pytest.raises(_Aborted):
        await _logins().token(_asked(server, "repository:alice/app:pull"), rpc)  # type: ignore[arg-type]  # a fake call

    assert rpc.code is grpc.StatusCode.UNAUTHENTICATED
    assert words in rpc.words
    assert "of-alice" not in rpc.words


@pytest.mark.parametrize(
    "realm",
    [
        "http://elsewhere.test/token",
        "http://hub.test@elsewhere.test/token",
        "ftp://hub.test/token",
        "",
        "http://[",
    ],
)
async def test_password_is_not_given_to_a_realm_without_tls(realm: str) -> None:
    rpc = _Rpc()
    asked = FetchTokenRequest(host="hub.test", realm=realm, scopes=["repository:alice/app:pull"])

    with pytest.raises(_Aborted):
        await _logins().token(asked, rpc)  # type: ignore[arg-type]  # a fake call

    assert rpc.code is grpc.StatusCode.UNAUTHENTICATED


async def test_key_is_shown_where_accounts_differ_and_only_there() -> None:
    logins, rpc = _logins(), _Rpc()

    shown = await logins.authority(GetTokenAuthorityRequest(host="hub.test"), rpc)  # type: ignore[arg-type]  # a fake call
    question = VerifyTokenAuthorityRequest(host="hub.test", payload=b"question")
    signed = (await logins.verify(question, rpc)).signed  # type: ignore[arg-type]  # a fake call

    Ed25519PublicKey.from_public_bytes(shown.public_key).verify(signed[:64], b"question")
    assert signed[64:] == b"question"
    with pytest.raises(_Aborted):
        await logins.authority(GetTokenAuthorityRequest(host="other.test"), rpc)  # type: ignore[arg-type]  # a fake call
    assert rpc.code is grpc.StatusCode.UNIMPLEMENTED
