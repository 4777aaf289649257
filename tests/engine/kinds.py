"""The engines that the kit can provide, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.engine.errors import EngineError

DOCKER_20 = "20.10"
DOCKER_26 = "26.1"
DOCKER_26_CONTAINERD = "26.1-containerd"
DOCKER_26_UNCLIPPED = "26.1-unclipped"
"""The same engine, but it passes on all that a command of a build says."""
EXTERNAL = "external"
"""A daemon that the user already has, named by FRESHET_TEST_DOCKER_HOST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What distinguishes one kind of engine."""

    release: str
    """Folder of the kit that holds its programs."""
    containerd_store: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    """What its process finds in the environment."""


ENGINES = {
    DOCKER_20: Engine(release="20.10"),
    DOCKER_26: Engine(release="26.1"),
    DOCKER_26_CONTAINERD: Engine(release="26.1", containerd_store=True),
    DOCKER_26_UNCLIPPED: Engine(
        release="26.1",
        variables={"BUILDKIT_STEP_LOG_MAX_SIZE": "-1", "BUILDKIT_STEP_LOG_MAX_SPEED": "-1"},
    ),
}
KINDS = (DOCKER_20, DOCKER_26, DOCKER_26_CONTAINERD)
"""Those that tests are run on."""


def engine_of(kind: str) -> Engine:
    """Return the engine of `kind`.

    Raises:
        EngineError: there is no such kind.
    """
    if kind not in ENGINES:
        raise EngineError(f'there is no engine "{kind}"; choose one of {", ".join(ENGINES)}')
    return ENGINES[kind]
