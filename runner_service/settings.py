"""The settings of the runner service."""

import os
from dataclasses import dataclass
from pathlib import Path

from freshet.rpc.addresses import Address, parse_address
from freshet.rpc.connect import Endpoint
from freshet.rpc.program import ServiceSettings, read_count, read_path, read_token
from freshet.rpc.settings import InvalidSetting, setting

DOCKER_HOST = "unix:///var/run/docker.sock"
"""The Docker daemon, unless something else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerSettings(ServiceSettings):
    """What every service is told, and what the runner service is."""

    registry_service: Address = setting(
        "where the registry service listens", read=parse_address, metavar="ADDRESS"
    )
    registry_token_file: Path | None = setting(
        "file with the token that the registry service wants",
        read=read_path, metavar="FILE", default=None,
    )  # fmt: skip
    registry_authority: Path | None = setting(
        "PEM authorities of the registry service's certificate",
        read=read_path, metavar="FILE", default=None, shown="those of the system",
    )  # fmt: skip
    registry_certificate: Path | None = setting(
        "PEM certificate for the registry service", read=read_path, metavar="FILE", default=None
    )
    registry_private_key: Path | None = setting(
        "PEM private key of the registry-certificate",
        read=read_path, metavar="FILE", default=None,
    )  # fmt: skip
    docker_host: str | None = setting(
        "the Docker daemon, `unix:///path` or `tcp://host:port`",
        metavar="ADDRESS", default=None, shown=f"DOCKER_HOST, else {DOCKER_HOST}",
    )  # fmt: skip
    ssh_agent: Path | None = setting(
        "socket of the ssh agent that `ssh: default` of build steps uses",
        read=read_path, metavar="SOCKET", default=None, shown="SSH_AUTH_SOCK, else none",
    )  # fmt: skip
    parallel_runs: int = setting(
        "how many runs at a time", read=read_count, metavar="COUNT", default=4
    )

    def check(self) -> None:
        """Refuse settings that do not fit together, as `ServiceSettings.check`."""
        self.security()
        self.registry_endpoint()

    def ssh_agent_socket(self) -> Path | None:
        """Return the socket of the ssh agent that builds may use; None: there is none."""
        found = os.environ.get("SSH_AUTH_SOCK")
        return self.ssh_agent or (Path(found) if found else None)

    def registry_endpoint(self) -> Endpoint:
        """Return how the registry service is reached.

        Raises:
            InvalidSetting: the token or a file cannot be read, or a certificate has no key.
        """
        if bool(self.registry_certificate) != bool(self.registry_private_key):
            raise InvalidSetting("registry-certificate and registry-private-key need each other")
        return Endpoint(
            address=self.registry_service,
            authority=self.registry_authority,
            token=read_token(self.registry_token_file),
            certificate=self.registry_certificate,
            private_key=self.registry_private_key,
        )
