"""What must behave alike: the fake daemon and Docker in every kind; SQLite and PostgreSQL.

And a runner service with nothing real around it.
"""

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from freshet.database import sqlite_url
from runner_service.daemon import Credentials, Daemon, DaemonUnavailable, OutputStream
from runner_service.daemon.docker_daemon import DockerDaemon
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from tests.contract.runner import DOCKERFILE, PASSWORD, Harness, serving
from tests.engine import Environment, available_kinds, borrowed

_FAKE = "fake"


@dataclass(slots=True)
class Heard:
    """An output sink that remembers."""

    pieces: list[tuple[OutputStream, bytes]] = field(default_factory=list)

    def __call__(self, stream: OutputStream, data: bytes) -> None:
        self.pieces.append((stream, data))

    @property
    def text(self) -> str:
        return b"".join(data for _, data in self.pieces).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A daemon, and what surrounds it."""

    daemon: Daemon
    unavailable: Daemon
    """One that cannot be reached."""
    domain: str
    """A registry that wants `credentials`."""
    credentials: Credentials
    heard: Heard = field(default_factory=Heard)
    unique: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    """In no cache and no registry."""

    @property
    def reference(self) -> str:
        return f"{self.domain}/contract/{self.unique}:1"


@pytest.fixture(scope="session", params=[_FAKE, *available_kinds()])
def surroundings(request: pytest.FixtureRequest) -> Iterator[Environment | None]:
    """Lend an environment; none for the fake."""
    if request.param == _FAKE:
        yield None
    else:
        with borrowed(request.param) as environment:
            yield environment


@pytest.fixture
async def subject(surroundings: Environment | None) -> AsyncIterator[Subject]:
    made = _real(surroundings) if surroundings else _fake()
    yield made
    await made.daemon.close()
    await made.unavailable.close()


def _real(environment: Environment) -> Subject:
    registry = environment.registries["basic"]
    return Subject(
        daemon=DockerDaemon(environment.docker_host),
        unavailable=DockerDaemon("unix:///nonexistent/docker.sock"),
        domain=registry.domain,
        credentials=Credentials(username=registry.username, password=registry.password),
    )


def _fake() -> Subject:
    registry = FakeRegistry(
        domain="registry.test:5000", account=Credentials(username="ann", password="secret")
    )
    unavailable = FakeDaemon()
    unavailable.failure = DaemonUnavailable("fake", "no such socket", "start it")
    return Subject(
        daemon=FakeDaemon(registry),
        unavailable=unavailable,
        domain=registry.domain,
        credentials=registry.account or Credentials(username="", password=""),
    )


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """Serve a runner with a Dockerfile to build, and a registry that wants an account."""
    account = Credentials(username="ann", password=PASSWORD)
    daemon = FakeDaemon(FakeRegistry(domain="mine.test", account=account))
    async with serving(tmp_path, daemon) as harness:
        (harness.directory / "Dockerfile").write_text(DOCKERFILE)
        yield harness


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "store.db")
    url: str = request.getfixturevalue("postgresql_database")
    return url
