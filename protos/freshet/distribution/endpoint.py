"""Where the API of a registry is, who speaks with it, and how far a call may go."""

from __future__ import annotations

from dataclasses import dataclass, field

from freshet.distribution.tls import UNSAID, Transport
from freshet.references import DOCKER_HUB

IDENTITY_TOKEN = "<token>"  # as Docker credential helpers have it
_API_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a call may go."""

    total_s: float = 40.0
    """All of a trial; the command line waits for a minute."""
    wait_s: float = 10.0
    """For a connection, and for each piece of an answer."""
    body_bytes: int = 64 * 1024
    """What is read of an answer. A token takes a few kilobytes."""
    redirect_count: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The API of one registry, and one account there."""

    domain: str
    """Host and optional port, normalised."""
    username: str = ""
    """`IDENTITY_TOKEN`: the password is a token to ask for tokens with."""
    password: str = field(default="", repr=False)
    transport: Transport = UNSAID
    client_key: str = field(default="", repr=False)
    """PEM private key of the client certificate of `transport`; empty: it has none."""
    limits: Limits = Limits()

    @property
    def api_host(self) -> str:
        """Host and optional port of the HTTP API."""
        return _API_HOSTS.get(self.domain, self.domain)

    @property
    def anonymous(self) -> bool:
        """Whether no login takes place."""
        return not (self.username or self.password)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no message."""
        return (self.password, self.client_key)
