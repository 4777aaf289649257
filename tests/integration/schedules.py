"""Random schedules of what goes wrong between a daemon, the runner and a registry."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.engine import Cut, Fault, Reply
from tests.engine.faults import Action

_STAYS = 100_000
"""So many requests no push makes."""
_REFUSALS = (
    Reply(status=403, code="DENIED"),
    Reply(status=503),
    Reply(status=429),
    Reply(status=401, code="UNAUTHORIZED"),
)
_UNHEARD = Cut(after_bytes=0, side="response")
"""The registry takes it, and nobody hears of it."""
_LATE = Reply(status=504, taken=True)
"""The registry takes it after a gateway before it has given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What goes wrong with the pushes of one image to one repository."""

    repository: str
    faults: tuple[Fault, ...]
    passing: bool
    """Whether what goes wrong passes so soon that the push must succeed."""


def schedule(random: Random, repository: str, *, slow_uploads: bool) -> Schedule:
    """Draw a schedule.

    Args:
        random: Draws.
        repository: Path of a repository that nobody else uses.
        slow_uploads: Whether the daemon waits for seconds after a fault of an upload, so that few
            are drawn.
    """
    if random.random() < 0.15:
        return Schedule(
            repository=repository, faults=(_lasting(random, repository),), passing=False
        )
    wrong = [
        _passing(random, repository, slow_uploads=slow_uploads)
        for _ in range(random.choice((0, 1, 1, 2, 2, 3)))
    ]
    return Schedule(repository=repository, faults=tuple(wrong), passing=True)


def _lasting(random: Random, repository: str) -> Fault:
    return Fault(
        method="PUT",
        path=f"/{repository}/manifests/",
        count=_STAYS,
        action=random.choice((*_REFUSALS, _LATE, _UNHEARD)),
    )


def _passing(random: Random, repository: str, *, slow_uploads: bool) -> Fault:
    if random.random() < (0.1 if slow_uploads else 0.5):
        return Fault(
            method=random.choice(("POST", "PATCH", "PUT")),
            path=f"/{repository}/blobs/uploads/",
            action=_trouble(random),
        )
    if random.random() < (0.05 if slow_uploads else 0.2):
        return Fault(method="HEAD", path=f"/{repository}/blobs/", action=_trouble(random))
    return Fault(
        method=random.choice(("PUT", "PUT", "HEAD", "GET")),
        path=f"/{repository}/manifests/",
        action=_trouble(random),
    )


def _trouble(random: Random) -> Action:
    match random.randrange(5):
        case 0:
            return Cut(after_bytes=random.randrange(200))
        case 1:
            return _UNHEARD
        case 2:
            return _LATE
        case 3:
            return Reply(status=429, retry_after_s=random.choice((None, 0)))
        case _:
            return Reply(status=random.choice((500, 502, 503, 504, 408)))
