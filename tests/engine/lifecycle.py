"""Brings environments up and down.

Several processes may call these functions at once: a lock file per environment lets one of them
do the work, and the others find it done.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.engine import start
from tests.engine.environment import Environment
from tests.engine.folder import locked, state_folder
from tests.engine.kinds import DOCKER_26, EXTERNAL, KINDS, engine_of
from tests.engine.layout import Layout

EXTERNAL_VARIABLE = "FRESHET_TEST_DOCKER_HOST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How one kind of environment stands."""

    kind: str
    environment: Environment | None
    kept: bool
    """Started by a person, and not stopped by test sessions."""


def available_kinds() -> tuple[str, ...]:
    """Return the kinds that this machine is to use: all, or the user's own daemon only."""
    return (EXTERNAL,) if os.environ.get(EXTERNAL_VARIABLE) else KINDS


def up(kind: str = DOCKER_26) -> Environment:
    """Return the environment of `kind`, started first unless it runs already; it stays up.

    With FRESHET_TEST_DOCKER_HOST set, it is the daemon named there, whatever the kind.

    Raises:
        EngineError: it cannot be had here, or does not come up; then nothing is left running.
    """
    return bring_up(kind, keep=True)


def bring_up(kind: str, *, keep: bool) -> Environment:
    """Do what `up` does; one that is not kept may be stopped by the test session that uses it."""
    layout = _layout(kind)
    with locked(_lock(layout, "lock")):
        environment = _running(layout) or _start(layout)
        if keep:
            layout.kept.touch()
    return environment


def down(kind: str = DOCKER_26) -> bool:
    """Stop the environment of `kind` and delete all that it held; tell whether there was one."""
    layout = _layout(kind)
    with locked(_lock(layout, "lock")):
        existed = layout.root.exists()
        start.remove(layout)
    return existed


def status() -> tuple[Status, ...]:
    """Return how each kind stands."""
    layouts = [_layout(kind) for kind in available_kinds()]
    return tuple(
        Status(
            kind=layout.root.name,
            environment=_running(layout),
            kept=layout.kept.exists(),
        )
        for layout in layouts
    )


@contextmanager
def borrowed(kind: str) -> Iterator[Environment]:
    """Lend an environment to a test session.

    It is started if need be. At the end the last of the sessions that share it stops it, unless
    a person had started it.
    """
    layout = _layout(kind)
    with locked(_lock(layout, "users"), shared=True):
        yield bring_up(kind, keep=False)
    with locked(_lock(layout, "users"), wait=False) as alone:
        if alone and not layout.kept.exists():
            down(kind)


def _running(layout: Layout) -> Environment | None:
    found = start.running(layout)
    wanted = os.environ.get(EXTERNAL_VARIABLE)
    return found if found and (not wanted or found.docker_host == wanted) else None


def _start(layout: Layout) -> Environment:
    docker_host = os.environ.get(EXTERNAL_VARIABLE)
    return start.start_external(layout, docker_host) if docker_host else start.start(layout)


def _layout(kind: str) -> Layout:
    if os.environ.get(EXTERNAL_VARIABLE):
        kind = EXTERNAL
    elif kind != EXTERNAL:
        engine_of(kind)
    return Layout(root=state_folder() / kind)


def _lock(layout: Layout, purpose: str) -> Path:
    return layout.root.with_name(f"{layout.root.name}.{purpose}")
