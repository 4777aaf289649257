"""Real Docker daemons and real registries for tests and demos.

    environment = up(DOCKER_26)
    environment.docker("version")
    environment.registries["basic"].password
    environment.fetch("basic", "GET", "/v2/_catalog").body
    with environment.faults() as faults:
        faults.inject(Fault(method="PUT", path="/manifests/", action=Reply(status=503)))

By hand: `python -m tests.engine --help`. Tests use the fixtures
`engine`, `engine_26` and `faults_26`.
"""

from tests.engine.client import Answer
from tests.engine.environment import Environment
from tests.engine.errors import EngineError, FetchFailed, MachineUnsuitable, StartFailed
from tests.engine.faults import Cut, Fault, Faults, Reply, SeenRequest, Slow, Stall
from tests.engine.kinds import (
    DOCKER_20,
    DOCKER_26,
    DOCKER_26_CONTAINERD,
    DOCKER_26_UNCLIPPED,
    EXTERNAL,
    KINDS,
)
from tests.engine.lifecycle import Status, available_kinds, borrowed, down, status, up
from tests.engine.registries import Account, Registry

__all__ = [
    "DOCKER_20",
    "DOCKER_26",
    "DOCKER_26_CONTAINERD",
    "DOCKER_26_UNCLIPPED",
    "EXTERNAL",
    "KINDS",
    "Account",
    "Answer",
    "Cut",
    "EngineError",
    "Environment",
    "Fault",
    "Faults",
    "FetchFailed",
    "MachineUnsuitable",
    "Registry",
    "Reply",
    "SeenRequest",
    "Slow",
    "Stall",
    "StartFailed",
    "Status",
    "available_kinds",
    "borrowed",
    "down",
    "status",
    "up",
]
