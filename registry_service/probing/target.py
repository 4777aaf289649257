"""What is tried, and how far a trial may go."""

from __future__ import annotations

from dataclasses import dataclass, field

from freshet.references import DOCKER_HUB
from registry_service.credentials import Credentials
from registry_service.registries import Provider, Transport

_NO_TRANSPORT = Transport()
_API_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a trial may go."""

    total_s: float = 40.0
    """All of it; the command line waits for a minute."""
    wait_s: float = 10.0
    """For a connection, and for each piece of an answer."""
    body_bytes: int = 64 * 1024
    """What is read of an answer. A token takes a few kilobytes."""
    redirect_count: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A registry as it is tried."""

    credentials: Credentials
    """Their domain is where the registry is."""
    refusal: str = ""
    """Why no credentials could be had; everything but the login is tried then."""
    provider: Provider = Provider.OTHER
    transport: Transport = _NO_TRANSPORT
    client_key: str = field(default="", repr=False)
    """PEM private key of the client certificate of `transport`; empty: it has none."""
    path: str = ""
    """Path of the repository whose rights are tried; empty: none."""
    limits: Limits = Limits()

    @property
    def domain(self) -> str:
        """Host and optional port, normalised."""
        return self.credentials.domain

    @property
    def api_host(self) -> str:
        """Host and optional port of the HTTP API."""
        return _API_HOSTS.get(self.domain, self.domain)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no message."""
        return (self.credentials.password, self.client_key)
