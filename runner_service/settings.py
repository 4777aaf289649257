"""The settings of the runner service."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from freshet.database import has_password
from freshet.rpc.addresses import Address, parse_address
from freshet.rpc.connect import Endpoint
from freshet.rpc.program import ServiceSettings, read_count, read_path, read_token
from freshet.rpc.settings import InvalidSetting, setting
from runner_service.archives import DEFAULT_ARCHIVE_LIMITS, ArchiveLimits
from runner_service.limits import DEFAULT_LIMITS, Limits
from runner_service.retention import DEFAULT_RETENTION, Retention

DOCKER_HOST = "unix:///var/run/docker.sock"
"""The Docker daemon, unless something else is said."""


_SIZE = re.compile(r"([1-9][0-9]{0,11})(|KiB|MiB|GiB|TiB)")
_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


def _read_size(text: str) -> int:
    """Return a number of bytes: `4GiB`."""
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f'"{text}" is no size; expected bytes, or a number as in `4GiB`')
    return int(match[1]) * _UNITS[match[2]]


def _read_paths(text: str) -> tuple[Path, ...]:
    return tuple(read_path(part) for part in text.split(":") if part)


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
    workspace_roots: tuple[Path, ...] = setting(
        "directories that local workspaces must lie in, separated by `:`",
        read=_read_paths, metavar="DIRECTORIES", default=(), shown="anywhere",
    )  # fmt: skip
    archive_size: int = setting(
        "largest upload of a workspace", read=_read_size, metavar="SIZE",
        default=DEFAULT_ARCHIVE_LIMITS.archive_bytes, shown="4GiB",
    )  # fmt: skip
    archive_unpacked_size: int = setting(
        "what an uploaded workspace may unpack to", read=_read_size, metavar="SIZE",
        default=DEFAULT_ARCHIVE_LIMITS.unpacked_bytes, shown="16GiB",
    )  # fmt: skip
    archive_entries: int = setting(
        "how many files and directories it may have", read=read_count, metavar="COUNT",
        default=DEFAULT_ARCHIVE_LIMITS.entry_count,
    )  # fmt: skip
    archives_size: int = setting(
        "room for all uploaded workspaces; those used longest ago go first", read=_read_size,
        metavar="SIZE", default=DEFAULT_ARCHIVE_LIMITS.total_bytes, shown="32GiB",
    )  # fmt: skip

    database: str = setting(
        "URL of a PostgreSQL; a flag must not hold its password",
        metavar="URL", default="", shown="SQLite in the state directory", secret=has_password,
    )  # fmt: skip
    event_days: int = setting(
        "how many days after its end the events of a run are kept",
        read=read_count, metavar="COUNT", default=DEFAULT_RETENTION.event_days,
    )  # fmt: skip
    event_megabytes: int = setting(
        "how large the events of all ended runs are at most",
        read=read_count, metavar="COUNT", default=DEFAULT_RETENTION.event_megabytes,
    )  # fmt: skip
    run_days: int = setting(
        "how many days after its end a run is kept",
        read=read_count, metavar="COUNT", default=DEFAULT_RETENTION.run_days,
    )  # fmt: skip
    run_count: int = setting(
        "how many ended runs are kept at most",
        read=read_count, metavar="COUNT", default=DEFAULT_RETENTION.run_count,
    )  # fmt: skip
    operation_seconds: int = setting(
        "how long a build or another operation may take at most",
        read=read_count, metavar="COUNT", default=int(DEFAULT_LIMITS.total_s),
    )  # fmt: skip
    inactivity_seconds: int = setting(
        "how long an operation may say nothing",
        read=read_count, metavar="COUNT", default=int(DEFAULT_LIMITS.silence_s),
    )  # fmt: skip
    drain_seconds: int = setting(
        "how long a stop waits for operations that have begun; runs go on at the next start",
        read=read_count, metavar="COUNT", default=10,
    )  # fmt: skip

    def retention(self) -> Retention:
        """Return what is kept of ended runs."""
        return Retention(
            event_days=self.event_days,
            event_megabytes=self.event_megabytes,
            run_days=self.run_days,
            run_count=self.run_count,
        )

    def limits(self) -> Limits:
        """Return the limits of each operation."""
        return Limits(
            total_s=float(self.operation_seconds), silence_s=float(self.inactivity_seconds)
        )

    def check(self) -> None:
        """Refuse settings that do not fit together, as `ServiceSettings.check`."""
        self.security()
        self.registry_endpoint()

    def ssh_agent_socket(self) -> Path | None:
        """Return the socket of the ssh agent that builds may use; None: there is none."""
        found = os.environ.get("SSH_AUTH_SOCK")
        return self.ssh_agent or (Path(found) if found else None)

    def archive_limits(self) -> ArchiveLimits:
        """Return how much room archives may take."""
        return ArchiveLimits(
            archive_bytes=self.archive_size,
            unpacked_bytes=self.archive_unpacked_size,
            entry_count=self.archive_entries,
            total_bytes=self.archives_size,
        )

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
