"""A session with the registry service alone, by a client that nobody here wrote."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2

from tests.engine.alone import Alone
from tests.engine.registries import TOKEN

ROOT = Path(__file__).resolve().parents[2]
BUF = Path(sys.executable).with_name("buf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Calls methods of the service with `buf curl`, which learns them by reflection."""

    socket: Path

    def __call__(self, method: str, **request: object) -> dict[str, Any]:
        """Return the answer of a call."""
        done = self._call(method, request)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def error(self, method: str, **request: object) -> dict[str, Any]:
        """Return the error of a call, with its details by type."""
        done = self._call(method, request)
        assert done.returncode != 0, done.stdout
        error: dict[str, Any] = json.loads(done.stderr)
        details = {each["type"]: _decoded(each) for each in error["details"]}
        return {"code": error["code"], **details}

    def _call(self, method: str, request: object) -> subprocess.CompletedProcess[str]:
        transport = ("--protocol", "grpc", "--http2-prior-knowledge", "--unix-socket", self.socket)
        url = f"http://localhost/freshet.registry.v1.RegistryService/{method}"
        return subprocess.run(
            [BUF, "curl", "--reflect", *transport, "--data", json.dumps(request), url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def _decoded(detail: dict[str, str]) -> dict[str, Any]:
    kind = error_details_pb2.DESCRIPTOR.message_types_by_name[detail["type"].rpartition(".")[2]]
    value = base64.b64decode(detail["value"] + "==")  # it comes without padding
    return MessageToDict(GetMessageClass(kind).FromString(value))


@pytest.fixture
def session() -> Iterator[Session]:
    with tempfile.TemporaryDirectory(prefix="freshet-") as folder:  # a socket's path must be short
        socket, log = Path(folder, "registry.sock"), Path(folder, "log")
        with log.open("wb") as stderr:
            service = subprocess.Popen(
                [
                    *(sys.executable, "-m", "registry_service"),
                    *("--listen", f"unix:{socket}", "--state-directory", folder),
                ],
                env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'protos'}"},
                stderr=stderr,
            )
        try:
            with grpc.insecure_channel(f"unix:{socket}") as channel:
                grpc.channel_ready_future(channel).result(timeout=60)
            yield Session(socket=socket)
        finally:
            service.terminate()
            assert service.wait(timeout=30) == 0
        lines = log.read_text().splitlines()  # no address of a token, and no secret
        assert all(" INFO freshet.calls [" in line for line in lines)


def test_two_accounts_of_one_domain_in_one_session(
    session: Session, lone_registries: Alone
) -> None:
    target = lone_registries.registries[TOKEN]
    alice, bob = target.accounts
    for account, registry_id in ((alice, "work"), (bob, "play.test")):
        password = {"username": account.username, "password": account.password}
        registry = {
            "provider": "PROVIDER_OTHER",
            "domain": f"http://{target.domain}/",
            "repositoryPrefix": account.username,
            "login": {"password": password},
            "transport": {"plainHttp": True},
        }
        created = session("CreateRegistry", registryId=registry_id, registry=registry)
        assert created["registry"]["domain"] == target.domain
        assert created["registry"]["login"]["secretSet"]
        warned = [each["reason"] for each in created["warnings"]]
    assert warned == ["NAME_LIKE_HOST", "DOMAIN_NORMALISED", "NOT_PRIMARY"]

    # The first is default and primary; the second takes over, and falls back to the first.
    assert (
        session("GetRegistrySettings")["registrySettings"]["defaultRegistry"] == "registries/work"
    )
    session(
        "UpdateRegistrySettings",
        registrySettings={
            "defaultRegistry": "registries/play.test",
            "cacheRegistry": "registries/work",
        },
    )
    second = {
        "name": "registries/play.test",
        "primary": True,
        "fallbackRegistry": "registries/work",
    }
    session("UpdateRegistry", registry=second)
    assert "primary" not in session("GetRegistry", name="registries/work")["registry"]

    pushes = session(
        "ResolveRepositories",
        queries=[
            {"purpose": "PURPOSE_BUILD", "imageName": "app"},
            {"purpose": "PURPOSE_PUSH", "imageName": "app", "registryId": "work"},
        ],
    )["resolutions"]
    assert [each["repository"]["repository"] for each in pushes] == [
        f"{target.domain}/bob/app",
        f"{target.domain}/alice/app",
    ]

    image = f"{target.domain}/public/alpine"
    ours, named = (
        session("ResolvePulls", images=[image], registryContexts=contexts)["resolutions"][0]["plan"]
        for contexts in ([], ["work"])
    )
    assert ours["registry"] == "registries/play.test"
    assert ours["fallback"] == {
        "registry": "registries/work",
        "reference": f"{target.domain}/alice/public/alpine:latest",
    }
    assert (named["registry"], "fallback" in named) == ("registries/work", False)

    issued = session("IssueRegistryCredentials", name="registries/play.test")
    assert issued["registryCredentials"]["password"] == bob.password
    listed = json.dumps(session("ListRegistries"))
    assert alice.password not in listed
    assert bob.password not in listed

    outcomes = [
        (check["outcome"], check.get("reason", ""))
        for check in session("TestRegistry", name="registries/work", repository="app")["checks"]
    ]
    passed, not_tried = ("OUTCOME_PASSED", ""), ("OUTCOME_NOT_TRIED", "")
    assert outcomes == [passed, not_tried, passed, passed, passed]

    session("DeleteRegistry", name="registries/work")
    assert session("GetRegistrySettings")["registrySettings"].get("cacheRegistry", "") == ""
    assert "fallbackRegistry" not in session("GetRegistry", name="registries/play.test")["registry"]
    gone = session.error("IssueRegistryCredentials", name="registries/work")
    assert gone["code"] == "not_found"
    assert gone["google.rpc.ErrorInfo"]["reason"] == "REGISTRY_NOT_FOUND"


def test_errors_tell_each_broken_rule_by_a_reason(session: Session) -> None:
    hub = {"provider": "PROVIDER_DOCKER_HUB"}
    session("CreateRegistry", registryId="hub", registry=hub)

    error = session.error(
        "CreateRegistry",
        registryId="-",
        registry={
            "provider": "PROVIDER_GCR",
            "domain": "gcr.io/project",
            "fallbackRegistry": "registries/none",
            "repositoryPrefix": "/a/",
        },
    )
    cache = session.error(
        "UpdateRegistrySettings", registrySettings={"cacheRegistry": "registries/hub"}
    )

    assert error["code"] == "invalid_argument"
    assert error["google.rpc.ErrorInfo"]["domain"] == "registry.freshet"
    violations = error["google.rpc.BadRequest"]["fieldViolations"]
    assert [(each["field"], each["reason"]) for each in violations] == [
        ("registry_id", "NAME_INVALID"),
        ("registry.domain", "DOMAIN_HAS_PATH"),
        ("registry.repository_prefix", "PREFIX_HAS_SLASHES"),
        ("registry.fallback_registry", "REGISTRY_NOT_FOUND"),
    ]
    (violation,) = cache["google.rpc.BadRequest"]["fieldViolations"]
    assert violation["reason"] == "CACHE_ON_DOCKER_HUB"
