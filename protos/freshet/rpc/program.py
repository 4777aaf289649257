"""The command line that the services have in common: their shared settings, exit codes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path

from freshet.access.v1.access_pb2 import Role
from freshet.rpc.access import ROLE_WORDS
from freshet.rpc.addresses import Address, InvalidAddress, parse_address
from freshet.rpc.callers import Identities
from freshet.rpc.certificates import CertificateFiles, InvalidCertificate
from freshet.rpc.logs import FORMATS, LEVELS, set_up_logging
from freshet.rpc.serve import AddressInUse, Security
from freshet.rpc.settings import InvalidSetting, setting


def read_role(text: str) -> Role.ValueType:
    """Return the role of a word.

    Raises:
        ValueError: there is no such role.
    """
    if text not in ROLE_WORDS:
        raise ValueError(f'there is no role "{text}"; there are {", ".join(ROLE_WORDS)}')
    return ROLE_WORDS[text]


def read_path(text: str) -> Path:
    """Return a path that no later change of directory moves."""
    return Path(text).absolute()


def read_count(text: str) -> int:
    """Return a number from 1.

    Raises:
        ValueError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f'"{text}" is no number from 1')
    return int(text)


def read_token(path: Path | None) -> str | None:
    """Return the token in a file; None without a file.

    Raises:
        InvalidSetting: the file cannot be read, or is empty.
    """
    if path is None:
        return None
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise InvalidSetting(f'cannot read the token "{path}": {error}') from error
    if not token:
        raise InvalidSetting(f'the token file "{path}" is empty')
    return token


def _read_roles(text: str) -> Mapping[str, Role.ValueType]:
    roles = {}
    for pair in text.split(","):
        name, equals, role = pair.rpartition("=")
        if not equals or not name:
            raise ValueError(f'expected `name=role`, not "{pair}"')
        roles[name] = read_role(role)
    return roles


def _read_metrics(text: str) -> Address:
    return parse_address(f"127.0.0.1:{text}" if text.isdecimal() else text)


def _one_of(words: tuple[str, ...], text: str) -> str:
    if text not in words:
        raise ValueError(f'"{text}" is none of {", ".join(words)}')
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """The settings that every service has."""

    listen: Address = setting(
        "where to listen: `unix:/path` or `host:port`", read=parse_address, metavar="ADDRESS"
    )
    state_directory: Path = setting(
        "where the service keeps its state", read=read_path, metavar="DIRECTORY"
    )
    certificate: Path | None = setting(
        "PEM certificate for TCP; it is read again when it changes",
        read=read_path, metavar="FILE", default=None,
    )  # fmt: skip
    private_key: Path | None = setting(
        "PEM private key of the certificate", read=read_path, metavar="FILE", default=None
    )
    client_authority: Path | None = setting(
        "PEM authorities that clients must have a certificate of",
        read=read_path, metavar="FILE", default=None,
    )  # fmt: skip
    certificate_roles: Mapping[str, Role.ValueType] | None = setting(
        "role of the clients whose certificate has a name; the name `*` is for all others",
        read=_read_roles, metavar="NAME=ROLE", default=None, table=True,
    )  # fmt: skip
    token_file: Path | None = setting(
        "file with a token that callers may send", read=read_path, metavar="FILE", default=None
    )
    token_role: Role.ValueType = setting(
        "role of who sends the token of the file: reader, runner, editor or admin",
        read=read_role, metavar="ROLE", default=Role.ROLE_ADMIN, shown="admin",
    )  # fmt: skip
    insecure: bool = setting(
        "plain TCP on loopback, where everybody is an admin", default=False, switch=True
    )
    metrics: Address | None = setting(
        "where Prometheus finds metrics: `host:port`, or a port of 127.0.0.1",
        read=_read_metrics, metavar="ADDRESS", default=None,
    )  # fmt: skip
    log_format: str = setting(
        "form of the log: text or json",
        read=lambda text: _one_of(FORMATS, text), metavar="FORMAT", default="text",
    )  # fmt: skip
    log_level: str = setting(
        "what is logged: debug, with a line for each call, info, warning or error",
        read=lambda text: _one_of(LEVELS, text), metavar="LEVEL", default="info",
    )  # fmt: skip

    def check(self) -> None:
        """Refuse settings that do not fit together.

        Raises:
            InvalidSetting: they do not, or a file that they name cannot be read.
        """
        self.security()

    def security(self) -> Security:
        """Return how the address is protected.

        Raises:
            InvalidSetting: the settings contradict each other, or the token cannot be read.
        """
        return Security(
            certificate_files=self._certificate_files(),
            identities=Identities(
                token=read_token(self.token_file),
                token_role=self.token_role,
                certificate_roles=self.certificate_roles or {},
            ),
            insecure=self.insecure,
        )

    def _certificate_files(self) -> CertificateFiles | None:
        if self.certificate_roles and not self.client_authority:
            raise InvalidSetting("certificate-roles mean nothing without a client-authority")
        if not self.certificate and not self.private_key:
            if self.client_authority:
                raise InvalidSetting("client-authority needs a certificate and a private-key")
            return None
        if not self.certificate or not self.private_key:
            raise InvalidSetting("certificate and private-key need each other")
        return CertificateFiles(
            certificate=self.certificate,
            private_key=self.private_key,
            client_authority=self.client_authority,
        )


def run_service(
    prog: str,
    settings: ServiceSettings,
    serving: Coroutine[None, None, None],
    failures: tuple[type[Exception], ...],
) -> int:
    """Serve until stopped and return the exit code.

    0: stopped; 1: one of `failures`, or the disk fails; 2: the address cannot be used as asked.
    """
    set_up_logging(settings.log_format, settings.log_level)
    try:
        asyncio.run(serving)
    except (InvalidAddress, AddressInUse, InvalidCertificate) as error:
        return fail(prog, error, 2)
    except failures as error:
        return fail(prog, error, 1)
    except OSError as error:
        return fail(prog, error, 1)
    return 0


def fail(prog: str, error: Exception, exit_code: int) -> int:
    """Tell an error in one line and return the exit code."""
    print(f"{prog}: {error}", file=sys.stderr)
    return exit_code
