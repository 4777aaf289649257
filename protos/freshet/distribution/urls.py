"""Addresses that a registry names: read, joined, compared. Pure."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from freshet.distribution.errors import Unacceptable

if TYPE_CHECKING:  # imported late: only this call needs it
    import httpx

_PORTS = {"http": 80, "https": 443}


def read_url(text: str) -> httpx.URL:
    """Return the address that `text` is.

    Raises:
        Unacceptable: it is none.
    """
    import httpx

    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise Unacceptable(f'it leads to "{text}", which is no address of a server') from error


def joined(base: str, location: str) -> str:
    """Return the address that `location` is, seen from `base`.

    Raises:
        Unacceptable: it is none.
    """
    return str(read_url(base).join(read_url(location)))


def check_server(url: str) -> None:
    """Refuse what is no address of a server.

    Raises:
        Unacceptable: it is no address over HTTP, or one where machines keep their secrets.
    """
    address = read_url(url)
    if address.scheme not in _PORTS or not address.host:
        raise Unacceptable(f'it leads to "{url}", which is no address of a server')
    if is_link_local(address.netloc.decode("ascii")):
        raise Unacceptable(f'it leads to "{url}", where machines keep their secrets')


def same_origin(one: str, other: str) -> bool:
    """Tell whether scheme, host and port are the same."""
    return _origin(read_url(one)) == _origin(read_url(other))


def is_loopback(host: str) -> bool:
    """Tell whether `host[:port]` is this machine."""
    name = _hostname(host)
    address = _address(name)
    if address is None:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback


def is_link_local(host: str) -> bool:
    """Tell whether `host[:port]` is an address like that of a cloud's metadata."""
    address = _address(_hostname(host))
    return address is not None and address.is_link_local


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)


def _hostname(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
