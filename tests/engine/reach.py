"""Connections from this process into the network of an environment."""

import ctypes
import os
import socket
import threading
from pathlib import Path

from tests.engine.client import TIMEOUT_S

_CLONE_NEWNET = 0x40000000


def dial_here(host: str, port: int) -> socket.socket:
    """Connect in the network that this process is in."""
    return socket.create_connection((host, port), timeout=TIMEOUT_S)


def dial_into(pid: int, address: str, port: int) -> socket.socket:
    """Connect in the network that process `pid` is in; takes root.

    Names are not looked up: /etc/hosts would be this process's.
    """
    stream = _socket_of(pid)
    stream.settimeout(TIMEOUT_S)
    try:
        stream.connect((address, port))
    except OSError:
        stream.close()
        raise
    return stream


def _socket_of(pid: int) -> socket.socket:
    """Make a socket in the network of process `pid`.

    A socket belongs to the network of the thread that made it, for good; so a thread goes there,
    makes one, and ends. The rest of this process stays where it is.
    """
    made: list[socket.socket | OSError] = []

    def enter() -> None:
        try:
            made.append(_enter_and_make(Path(f"/proc/{pid}/ns/net")))
        except OSError as error:
            made.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def _enter_and_make(namespace: Path) -> socket.socket:
    libc = ctypes.CDLL(None, use_errno=True)
    with namespace.open() as file:
        if libc.setns(file.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(namespace))
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
