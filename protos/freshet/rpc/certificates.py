"""The certificate of a server, read again when its files change: renewal needs no restart."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import grpc

_log = logging.getLogger(__name__)


class InvalidCertificate(Exception):
    """A certificate, its key or its authorities cannot be used; the message names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """Where a server's certificate lies, all PEM."""

    certificate: Path
    """The server's, then those between it and the authority."""
    private_key: Path
    client_authority: Path | None = None
    """Authorities that clients must have a certificate of: mutual TLS."""


class ServerCertificate:
    """Hands gRPC the certificate that its files hold."""

    def __init__(self, files: CertificateFiles) -> None:
        """Read the files.

        Raises:
            InvalidCertificate: they cannot be used.
        """
        self._files = files
        self._seen = self._state()
        self._configuration = self._read()

    def credentials(self) -> grpc.ServerCredentials:
        """Return the credentials of a server."""
        return grpc.dynamic_ssl_server_credentials(
            self._configuration,
            self._newer,  # type: ignore[arg-type]  # None stands in gRPC's documentation
            require_client_authentication=self._files.client_authority is not None,
        )

    def _newer(self) -> grpc.ServerCertificateConfiguration | None:
        """Return what changed since the last time; None: nothing. gRPC asks at each handshake."""
        state = self._state()
        if state == self._seen:
            return None
        self._seen = state
        try:
            configuration = self._read()
        except InvalidCertificate as error:
            # Perhaps only one of the files has been replaced yet.
            _log.warning("the certificate stays as it was: %s", error)
            return None
        _log.info('read the certificate "%s" anew', self._files.certificate)
        return configuration

    def _state(self) -> tuple[tuple[int, int, int], ...]:
        return tuple(_file_state(path) for path in self._paths())

    def _paths(self) -> list[Path]:
        files = self._files
        return [files.certificate, files.private_key] + (
            [files.client_authority] if files.client_authority else []
        )

    def _read(self) -> grpc.ServerCertificateConfiguration:
        certificate, key, *authorities = [_content(path) for path in self._paths()]
        _check_pair(certificate, key, self._files)
        return grpc.ssl_server_certificate_configuration(
            [(key, certificate)], root_certificates=authorities[0] if authorities else None
        )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidCertificate(f'cannot read "{path}": {error.strerror}') from error


def _file_state(path: Path) -> tuple[int, int, int]:
    try:
        facts = path.stat()
    except OSError:
        return (0, 0, 0)  # it is being replaced, perhaps
    return (facts.st_ino, facts.st_mtime_ns, facts.st_size)


def _check_pair(certificate: bytes, key: bytes, files: CertificateFiles) -> None:
    """Refuse what gRPC would take and then fail each handshake with."""
    from cryptography import x509  # only who serves TLS waits for it
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        own = x509.load_pem_x509_certificates(certificate)[0]
    except ValueError as error:
        raise InvalidCertificate(f'"{files.certificate}" holds no PEM certificate') from error
    try:
        private_key = load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:  # it is none, or it has a password
        raise InvalidCertificate(
            f'"{files.private_key}" holds no PEM private key without a password'
        ) from error
    if private_key.public_key() != own.public_key():
        raise InvalidCertificate(f'"{files.private_key}" is not the key of "{files.certificate}"')
    if own.not_valid_after_utc <= datetime.now(UTC):
        # Not refused: a service that does not start helps nobody to renew it.
        _log.warning('the certificate "%s" has expired; clients refuse it', files.certificate)
