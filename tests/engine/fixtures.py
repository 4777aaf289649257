"""Fixtures that lend real engines to tests.

A daemon that cannot be started fails the tests that want it; nothing is skipped. An environment
that a person started is used and left; others are stopped at the end, by the last session (or
pytest-xdist worker) that uses them.
"""

from collections.abc import Iterator

import pytest

from tests.engine.environment import Environment
from tests.engine.kinds import DOCKER_26
from tests.engine.lifecycle import available_kinds, borrowed


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
