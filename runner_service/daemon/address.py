"""Where a Docker daemon listens, and how to get there."""

import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runner_service.daemon.errors import DaemonUnavailable

_DEFAULT = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of a daemon."""

    docker_host: str
    """As users write it: `unix:///path` or `tcp://host:port`."""
    socket: str | None = None
    """Path of the Unix socket; None: TCP."""
    authority: str = "docker"
    """`host:port`."""
    certificates: Path | None = None
    """Folder with `ca.pem`, `cert.pem` and `key.pem`; None: no TLS."""
    server_verified: bool = True
    """Whether the daemon's certificate must be signed by `ca.pem`."""

    @property
    def url(self) -> str:
        """Root of the daemon's HTTP API, without a slash at the end."""
        return f"{'https' if self.certificates else 'http'}://{self.authority}"

    def tls(self) -> ssl.SSLContext | None:
        """Return what an encrypted connection needs.

        Raises:
            DaemonUnavailable: the certificates cannot be used.
        """
        if self.certificates is None:
            return None
        try:
            context = ssl.create_default_context(cafile=self.certificates / "ca.pem")
            context.load_cert_chain(self.certificates / "cert.pem", self.certificates / "key.pem")
        except OSError as error:  # ssl.SSLError is one
            cause = f'cannot use the certificates in "{self.certificates}": {error.strerror}'
            raise DaemonUnavailable(
                self.docker_host, cause, "see DOCKER_CERT_PATH and DOCKER_TLS_VERIFY"
            ) from error
        if not self.server_verified:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def unavailable(self, error: BaseException) -> DaemonUnavailable:
        """Return what to tell a user whose daemon cannot be reached because of `error`."""
        match _system_error(error):
            case FileNotFoundError():
                cause, advice = "no such socket", "start Docker, or set DOCKER_HOST"
            case ConnectionRefusedError():
                cause, advice = "nobody listens there", "start Docker, or set DOCKER_HOST"
            case PermissionError():
                cause = "permission denied"
                advice = "let this user write to the socket, often by joining the group `docker`"
            case ssl.SSLError() as trouble:
                cause = f"TLS: {trouble}"
                advice = "see DOCKER_CERT_PATH and DOCKER_TLS_VERIFY"
            case _:
                cause = str(error) or type(error).__name__
                advice = "see whether Docker is still running"
        return DaemonUnavailable(self.docker_host, cause, advice)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came from, the last one first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _system_error(error: BaseException) -> OSError | None:
    """Return the first of the causes that the system itself told."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLError) or (isinstance(cause, OSError) and cause.errno):
            return cause
    return None


def resolve(docker_host: str | None, environment: Mapping[str, str] = os.environ) -> Address:
    """Return the address a user means, by the variables that Docker's own client reads.

    Source: https://docs.docker.com/reference/cli/docker/#environment-variables

    Raises:
        DaemonUnavailable: there is no way to such an address.
    """
    host = docker_host or environment.get("DOCKER_HOST") or _DEFAULT
    parts = urlsplit(host)
    if parts.scheme == "unix" and parts.path:
        return Address(docker_host=host, socket=parts.path)
    if parts.scheme == "tcp" and parts.netloc:
        return _tcp(host, parts.netloc, environment)
    advice = "write unix:///path/of/docker.sock or tcp://host:port"
    raise DaemonUnavailable(host, "no such kind of address", advice)


def _tcp(host: str, authority: str, environment: Mapping[str, str]) -> Address:
    verified = bool(environment.get("DOCKER_TLS_VERIFY"))
    folder = environment.get("DOCKER_CERT_PATH") or ("~/.docker" if verified else "")
    return Address(
        docker_host=host,
        authority=authority,
        certificates=Path(folder).expanduser() if folder else None,
        server_verified=verified,
    )
