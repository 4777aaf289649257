"""Fixtures that lend real engines to tests.

A daemon that cannot be started fails the tests that want it; nothing is skipped. An environment
that a person started is used and left; others are stopped at the end, by the last session (or
pytest-xdist worker) that uses them.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from _pytest.capture import CaptureManager

from tests.engine.alone import Alone, registries_alone
from tests.engine.environment import Environment
from tests.engine.errors import EngineError
from tests.engine.faults import Faults
from tests.engine.folder import state_folder
from tests.engine.kinds import DOCKER_26, EXTERNAL
from tests.engine.kit import fetch
from tests.engine.lifecycle import available_kinds, borrowed
from tests.engine.postgresql import URL_VARIABLE, PostgresServer, fetch_postgresql, postgres_server

_LENDING = {"engine", "engine_26", "lone_registries"}
_DATABASES = {"postgresql_database", "postgresql_server", "store_url"}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch the kit before the first test that needs it: downloads are no part of its time."""
    if session.config.option.collectonly:
        return
    wanted = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    capture = session.config.pluginmanager.getplugin("capturemanager")
    assert isinstance(capture, CaptureManager)
    # A failure is reported by the fixtures, which meet it again.
    if _LENDING & wanted and available_kinds() != (EXTERNAL,):
        with capture.global_and_fixture_disabled(), contextlib.suppress(EngineError):
            fetch(state_folder())
    if _DATABASES & wanted and not os.environ.get(URL_VARIABLE):
        with capture.global_and_fixture_disabled(), contextlib.suppress(EngineError):
            fetch_postgresql()


@pytest.fixture(scope="session", params=available_kinds())
def engine(request: pytest.FixtureRequest) -> Iterator[Environment]:
    """Lend each kind of engine in turn; with FRESHET_TEST_DOCKER_HOST, the user's own only."""
    with borrowed(request.param) as environment:
        yield environment


@pytest.fixture(scope="session")
def engine_26() -> Iterator[Environment]:
    """Lend one current engine; with FRESHET_TEST_DOCKER_HOST, the user's own."""
    with borrowed(DOCKER_26) as environment:
        yield environment


@pytest.fixture(scope="session")
def lone_registries() -> Iterator[Alone]:
    """Lend real registries that need no daemon, on this machine's own loopback."""
    with registries_alone() as alone:
        yield alone


@pytest.fixture
def faults_26(engine_26: Environment) -> Iterator[Faults]:
    """Lend the faults of `engine_26`, to one test at a time."""
    with engine_26.faults() as faults:
        yield faults


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Lend a PostgreSQL to one session; with FRESHET_TEST_POSTGRES_URL, the user's own."""
    if given := os.environ.get(URL_VARIABLE):
        yield given
        return
    with postgres_server() as server:
        yield server.url()


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[str]:
    """Lend the URL of an empty database."""
    name = f"freshet_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield urlsplit(postgresql_url)._replace(path=f"/{name}").geturl()
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def postgresql_server() -> Iterator[PostgresServer]:
    """Lend a server that the test may stop and kill."""
    with postgres_server() as server:
        yield server
