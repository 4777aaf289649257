"""Port: what the runner asks the registry service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from freshet.registry.v1.repository_pb2 import RepositoryQuery, RepositoryResolution


class RegistriesError(Exception):
    """The registry service refused a question or could not be reached."""

    def __init__(self, reason: str, message: str) -> None:
        """Note the service's stable `reason` and its words."""
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCredentials:
    """What logs in to a registry for a short time."""

    domain: str
    username: str
    """Empty means anonymous."""
    password: str = field(repr=False)


class Registries(Protocol):
    """Answers of the registry service. All raise `RegistriesError`."""

    async def resolve(self, query: RepositoryQuery) -> RepositoryResolution:
        """Return where a step pushes."""

    async def issue_credentials(self, registry: str, *, refused: bool = False) -> IssuedCredentials:
        """Return credentials of `registries/{registry}`, fresh at each call.

        `refused` says that the registry did not take those that were issued last.
        """

    async def pull_registry(self, domain: str, contexts: Sequence[str]) -> str:
        """Return the registry whose login a pull from `domain` uses; empty: anonymous.

        `contexts` are names of registries as the pipeline writes them; each takes the place of
        the primary registry of its own domain.
        """
