"""Port: what the runner asks the registry service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from freshet.distribution.tls import UNSAID, Transport
from freshet.registry.v1.registry_pb2 import AwsOverride
from freshet.registry.v1.repository_pb2 import RepositoryQuery, RepositoryResolution
from runner_service.daemon.port import Credentials


class RegistriesError(Exception):
    """The registry service refused a question or could not be reached."""

    def __init__(self, reason: str, message: str) -> None:
        """Note the service's stable `reason` and its words."""
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How a registry is reached and logged in to, for a short time."""

    domain: str
    """Host and optional port. It may differ from that of the record, with a role of AWS."""
    username: str = ""
    """Empty means anonymous."""
    password: str = field(default="", repr=False)
    transport: Transport = UNSAID
    """How the connection is secured."""
    client_key: str = field(default="", repr=False)
    """PEM private key of the client certificate of `transport`; empty: it has none."""

    @property
    def credentials(self) -> Credentials | None:
        """The account, as daemons take it; None: anonymous."""
        if not self.username:
            return None
        return Credentials(username=self.username, password=self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullChoice:
    """Which registry's login a pull uses."""

    registry: str
    """`registries/{registry}`; empty: anonymous."""
    by_repository: bool = False
    """Whether other logins serve some repositories of the domain."""


class Registries(Protocol):
    """Answers of the registry service. All raise `RegistriesError`."""

    async def resolve(self, query: RepositoryQuery) -> RepositoryResolution:
        """Return where a step pushes."""

    async def issue_credentials(
        self, registry: str, *, aws: AwsOverride | None = None, refused: bool = False
    ) -> Login:
        """Return a login of `registries/{registry}`, fresh at each call.

        Args:
            registry: Its resource name.
            aws: Role and region in place of those of an ECR registry.
            refused: Whether the registry did not take what was issued last.
        """

    async def pull_choice(
        self, domain: str, contexts: Sequence[str], repository: str = ""
    ) -> PullChoice:
        """Return whose login a pull from `domain` uses; `repository` is a path there, if known.

        `contexts` are names of registries as the pipeline writes them; each takes the place of
        the primary registry of its own domain.
        """
