"""Where a service listens and how it is reached: `unix:/path` or `host:port`."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Largest message of a service; a plan takes a few kilobytes a step."""
OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
)
"""Options of channels and servers."""
_MAX_SOCKET_PATH_BYTES = 107  # sizeof(sockaddr_un.sun_path) less the closing NUL


class InvalidAddress(ValueError):
    """An address has neither of the two forms, or cannot be used."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service listens: a Unix socket, or a host and a port."""

    target: str
    """As gRPC takes it."""

    @property
    def socket_path(self) -> Path | None:
        """The path of the Unix socket; None for TCP."""
        if self.target.startswith("unix:"):
            return Path(self.target.removeprefix("unix:"))
        return None

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches the address."""
        if self.socket_path:
            return True
        host = self.target.rpartition(":")[0].strip("[]")
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def parse_address(text: str) -> Address:
    """Return the address that `text` gives.

    Raises:
        InvalidAddress: with what is wrong and which forms there are.
    """
    if text.startswith("unix:"):
        path = text.removeprefix("unix:").removeprefix("//")
        if not path.startswith("/"):
            raise InvalidAddress(f'"{text}" needs an absolute path, as in `unix:/run/freshet.sock`')
        if len(path.encode()) > _MAX_SOCKET_PATH_BYTES:
            raise InvalidAddress(
                f'"{path}" is longer than the {_MAX_SOCKET_PATH_BYTES} bytes a Unix socket may have'
            )
        return Address(f"unix:{path}")
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise InvalidAddress(
            f'"{text}" is no address; expected `unix:/path` or `host:port`, as in `127.0.0.1:7070`'
        )
    return Address(text)
