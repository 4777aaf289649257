"""A real registry service for the command line; what it finds when it tests is scripted."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import grpc
import pytest

from compiler.cli.command import run_command_line
from compiler.cli.registry.facts import shown
from freshet.registry.v1 import registry_service_pb2 as messages
from freshet.rpc.addresses import Address, parse_address
from freshet.rpc.serve import Service, listening
from registry_service.server import registry_service

_Check = messages.RegistryCheck


@dataclass(slots=True)
class ScriptedTests:
    """Answers `TestRegistry` in place of the service, without calling any registry."""

    failing: dict[str, str] = field(default_factory=dict)
    """The domains whose login fails, and the words that they say."""
    asked: list[messages.TestRegistryRequest] = field(default_factory=list)

    async def answer(
        self, request: messages.TestRegistryRequest, _context: object
    ) -> messages.TestRegistryResponse:
        self.asked.append(request)
        words = self.failing.get(request.draft.domain or request.name, "")
        login = _Check.OUTCOME_FAILED if words else _Check.OUTCOME_PASSED
        return messages.TestRegistryResponse(
            checks=[
                _Check(subject=_Check.SUBJECT_REACH, outcome=_Check.OUTCOME_PASSED, message="here"),
                _Check(subject=_Check.SUBJECT_LOGIN, outcome=login, message=words or "welcome"),
                _Check(subject=_Check.SUBJECT_PULL, outcome=_Check.OUTCOME_NOT_TRIED),
            ]
        )

    def in_place_of(self, service: Service) -> Service:
        """Return `service` with this answer in place of its own one."""
        method = grpc.unary_unary_rpc_method_handler(
            self.answer,
            messages.TestRegistryRequest.FromString,
            messages.TestRegistryResponse.SerializeToString,
        )

        def add_to(server: grpc.aio.Server) -> None:
            service.add_to(cast("grpc.aio.Server", _Replacing(server, {"TestRegistry": method})))

        return replace(service, add_to=add_to)


class _Replacing:
    """Takes the methods of servicers for a server, and puts others in place of some."""

    def __init__(self, server: grpc.aio.Server, methods: Mapping[str, Any]) -> None:
        self._server = server
        self._methods = methods

    def add_generic_rpc_handlers(self, _handlers: object) -> None:
        """Wait for the same methods under their names."""

    def add_registered_method_handlers(self, service: str, methods: Mapping[str, Any]) -> None:
        replaced = {name: self._methods.get(name, method) for name, method in methods.items()}
        handler = grpc.method_handlers_generic_handler(service, replaced)
        self._server.add_generic_rpc_handlers((handler,))
        self._server.add_registered_method_handlers(service, replaced)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever was printed
        return json.loads(self.out)


Registry = Callable[..., Ended]
Lines = Callable[[Sequence[Mapping[str, Any]]], list[str]]
_MARKS = {"add": "+", "change": "~", "settings": "~", "remove": "-"}


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedTests]:
    """Serve an empty registry service, and tell the command line where."""
    tests = ScriptedTests()
    with tempfile.TemporaryDirectory(prefix="fr") as short:  # a socket's path must be short
        text = f"unix:{short}/s"
        monkeypatch.setenv("FRESHET_REGISTRY_SERVICE", text)
        monkeypatch.delenv("FRESHET_TOKEN", raising=False)
        ready, stop = threading.Event(), asyncio.Event()
        loop = asyncio.new_event_loop()
        serving = _serve(tmp_path / "state", parse_address(text), tests, (ready, stop))
        thread = threading.Thread(target=lambda: loop.run_until_complete(serving))
        thread.start()
        assert ready.wait(timeout=20)
        yield tests
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=20)
        loop.close()


async def _serve(
    state: Path,
    address: Address,
    tests: ScriptedTests,
    events: tuple[threading.Event, asyncio.Event],
) -> None:
    ready, stop = events
    async with registry_service(state) as service, listening(tests.in_place_of(service), address):
        ready.set()
        await stop.wait()


@pytest.fixture
def registry(scripted: ScriptedTests, capsys: pytest.CaptureFixture[str]) -> Registry:
    """Run `freshet registry` with words, in this process."""

    def run(*words: str) -> Ended:
        exit_code = run_command_line(["registry", *words])
        said = capsys.readouterr()
        return Ended(exit_code=exit_code, out=said.out, err=said.err)

    return run


@pytest.fixture
def lines() -> Lines:
    """Turn changes, as they are told to programs, into the short form of the cases."""
    return lambda changes: [_line(change) for change in changes]


def _line(change: Mapping[str, Any]) -> str:
    fields = [
        f"{each['field']}={shown(each['after'])}"
        if change["action"] == "add"
        else f"{each['field']}={shown(each['before'])} -> {shown(each['after'])}"
        for each in change["differences"]
    ]
    return " ".join([_MARKS[change["action"]], change["name"], *fields])
