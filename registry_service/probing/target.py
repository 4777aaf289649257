"""What is tried."""

from __future__ import annotations

from dataclasses import dataclass, field

from freshet.distribution import Endpoint, Limits
from registry_service.credentials import Credentials
from registry_service.registries import Provider, Transport

_NO_TRANSPORT = Transport()


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
    limits: Limits = field(default_factory=Limits)

    @property
    def domain(self) -> str:
        """Host and optional port, normalised."""
        return self.credentials.domain

    @property
    def api_host(self) -> str:
        """Host and optional port of the HTTP API."""
        return self.endpoint.api_host

    @property
    def endpoint(self) -> Endpoint:
        """What is spoken with."""
        return Endpoint(
            domain=self.domain,
            username=self.credentials.username,
            password=self.credentials.password,
            transport=self.transport,
            client_key=self.client_key,
            limits=self.limits,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no message."""
        return self.endpoint.secrets
