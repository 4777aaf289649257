"""The engines that the kit can provide, by name."""

from dataclasses import dataclass

from tests.engine.errors import EngineError

DOCKER_20 = "20.10"
DOCKER_26 = "26.1"
DOCKER_26_CONTAINERD = "26.1-containerd"
EXTERNAL = "external"
"""A daemon that the user already has, named by FRESHET_TEST_DOCKER_HOST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What distinguishes one kind of engine."""

    release: str
    """Folder of the kit that holds its programs."""
    containerd_store: bool = False


ENGINES = {
    DOCKER_20: Engine(release="20.10"),
    DOCKER_26: Engine(release="26.1"),
    DOCKER_26_CONTAINERD: Engine(release="26.1", containerd_store=True),
}
KINDS = tuple(ENGINES)


def engine_of(kind: str) -> Engine:
    """Return the engine of `kind`.

    Raises:
        EngineError: there is no such kind.
    """
    if kind not in ENGINES:
        raise EngineError(f'there is no engine "{kind}"; choose one of {", ".join(KINDS)}')
    return ENGINES[kind]
