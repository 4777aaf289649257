"""Fixtures that lend real engines to tests.

A daemon that cannot be started fails the tests that want it; nothing is skipped. An environment
that a person started is used and left; others are stopped at the end, by the last session (or
pytest-xdist worker) that uses them.
"""

import contextlib
from collections.abc import Iterator

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

_LENDING = {"engine", "engine_26", "lone_registries"}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch the kit before the first test that needs it: downloads are no part of its time."""
    if session.config.option.collectonly or available_kinds() == (EXTERNAL,):
        return
    if any(_LENDING & set(getattr(item, "fixturenames", ())) for item in session.items):
        capture = session.config.pluginmanager.getplugin("capturemanager")
        assert isinstance(capture, CaptureManager)
        # A failure is reported by the fixtures, which meet it again.
        with capture.global_and_fixture_disabled(), contextlib.suppress(EngineError):
            fetch(state_folder())


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
