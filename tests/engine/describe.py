"""Decides what an environment consists of: its registries, their addresses and accounts."""

import socket
from dataclasses import replace

from tests.engine.certificates import Authority
from tests.engine.description import Description
from tests.engine.kinds import EXTERNAL
from tests.engine.layout import Layout
from tests.engine.registries import (
    BASIC,
    FAULT,
    HUB,
    MUTUAL_TLS,
    OPEN,
    TLS,
    TOKEN,
    TOKENS,
    Account,
    Registry,
)

_LOOPBACK = "127.0.0.1"
# Addresses for benchmarks (RFC 2544): no network of Docker's own choice lies there.
BRIDGE_ADDRESSES = ("198.18.0.1", "198.18.0.2", "198.18.0.3")
_TLS_HOST = "registry.freshet.test"
_HUB_HOSTS = ("registry-1.docker.io", "index.docker.io")
_HUB_TOKEN_HOST = "auth.docker.io"
_NAMES = (
    (BRIDGE_ADDRESSES[0], _TLS_HOST),
    *((BRIDGE_ADDRESSES[1], host) for host in _HUB_HOSTS),
    (BRIDGE_ADDRESSES[2], _HUB_TOKEN_HOST),
)
_PORTS = {OPEN: 5000, BASIC: 5001, TOKEN: 5004, FAULT: 5005, TOKENS: 5006}
"""On loopback, in an environment that has a loopback of its own."""


def describe(layout: Layout, *, kind: str, kit: str) -> Description:
    """Describe an environment with namespaces of its own, and make its keys."""
    return Description(
        kind=kind,
        docker_host=f"unix://{layout.docker_socket}",
        kit=kit,
        registries=(*_loopback_registries(layout, _PORTS), _tls(layout), _hub(layout)),
        seeder=Account.new("seeder", "library/", "public/"),
        names=_NAMES,
    )


def describe_external(layout: Layout, *, docker_host: str, kit: str) -> Description:
    """Describe the user's own daemon with registries on free ports of this machine's loopback."""
    return Description(
        kind=EXTERNAL,
        docker_host=docker_host,
        kit=kit,
        registries=_loopback_registries(layout, _free_ports(*_PORTS)),
        seeder=Account.new("seeder", "public/"),
    )


def describe_alone(layout: Layout, *, docker_host: str, kit: str) -> Description:
    """Describe registries on free ports of this machine's loopback, without a daemon of theirs.

    Where there is no kit, the daemon at `docker_host` runs them.
    """
    ports = _free_ports(*_PORTS, TLS, MUTUAL_TLS)
    mutual = _loopback_tls(layout, MUTUAL_TLS, ports[MUTUAL_TLS])
    clients = Authority.new("freshet test authority of clients")
    clients.pair().write(layout.certificates, f"{MUTUAL_TLS}-clients")
    client = clients.issue("client")
    return Description(
        kind=EXTERNAL,
        docker_host=docker_host,
        kit=kit,
        registries=(
            *_loopback_registries(layout, ports),
            _loopback_tls(layout, TLS, ports[TLS], Account.new("tess")),
            replace(
                mutual,
                client_certificate_pem=client.certificate.decode(),
                client_key_pem=client.key.decode(),
            ),
        ),
        seeder=Account.new("seeder"),
    )


def _loopback_tls(layout: Layout, name: str, port: int, *accounts: Account) -> Registry:
    ca_certificate_pem = _certify(layout, name, _LOOPBACK)
    return replace(_loopback(name, port, *accounts), ca_certificate_pem=ca_certificate_pem)


def _loopback_registries(layout: Layout, ports: dict[str, int]) -> tuple[Registry, ...]:
    Authority.new(TOKENS).pair().write(layout.certificates, TOKENS)
    token = Registry(
        name=TOKEN,
        domain=f"{_LOOPBACK}:{ports[TOKEN]}",
        host=_LOOPBACK,
        port=ports[TOKEN],
        authentication="token",
        accounts=(Account.new("alice", "alice/", "shared/"), Account.new("bob", "bob/", "shared/")),
        public=("public/",),
        realm=f"http://{_LOOPBACK}:{ports[TOKENS]}/token",
        service="freshet-test-registry",
    )
    return (
        _loopback(OPEN, ports[OPEN]),
        _loopback(FAULT, ports[FAULT]),
        _loopback(BASIC, ports[BASIC], Account.new("ann")),
        token,
    )


def _loopback(name: str, port: int, *accounts: Account) -> Registry:
    return Registry(
        name=name,
        domain=f"{_LOOPBACK}:{port}",
        host=_LOOPBACK,
        port=port,
        authentication="basic" if accounts else "none",
        accounts=accounts,
    )


def _tls(layout: Layout) -> Registry:
    return Registry(
        name=TLS,
        domain=f"{_TLS_HOST}:5443",
        host=_TLS_HOST,
        port=5443,
        authentication="basic",
        accounts=(Account.new("tess"),),
        ca_certificate_pem=_certify(layout, TLS, _TLS_HOST),
    )


def _hub(layout: Layout) -> Registry:
    return Registry(
        name=HUB,
        domain="docker.io",
        host=_HUB_HOSTS[0],
        port=443,
        authentication="token",
        accounts=(Account.new("hubuser", "hubuser/"),),
        public=("library/",),
        realm=f"https://{_HUB_TOKEN_HOST}/token",
        service="registry.docker.io",
        ca_certificate_pem=_certify(layout, HUB, *_HUB_HOSTS, _HUB_TOKEN_HOST),
    )


def _certify(layout: Layout, name: str, *hosts: str) -> str:
    """Make an authority and what it signs; return the authority's certificate."""
    authority = Authority.new(f"freshet test authority of {name}")
    authority.issue(*hosts).write(layout.certificates, name)
    return authority.pair().certificate.decode()


def _free_ports(*names: str) -> dict[str, int]:
    """Let the system choose; all sockets are open at once, so that no port comes twice."""
    listeners = {name: socket.create_server((_LOOPBACK, 0)) for name in names}
    try:
        return {name: listener.getsockname()[1] for name, listener in listeners.items()}
    finally:
        for listener in listeners.values():
            listener.close()
