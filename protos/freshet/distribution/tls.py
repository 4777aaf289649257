"""How the connection to a registry is secured, as Python's clients take it."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol


class Transport(Protocol):
    """How a connection is secured; `freshet.registry.v1.RegistryTransport` is one."""

    @property
    def ca_certificates_pem(self) -> str:
        """Trusted beside those of the system."""

    @property
    def insecure_skip_verify(self) -> bool:
        """Whether the certificate is not verified."""

    @property
    def plain_http(self) -> bool:
        """Whether TLS is left out."""

    @property
    def client_certificate_pem(self) -> str:
        """Shown to the registry, with its chain; empty: nothing is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """The transport of a registry of which nothing is said: TLS, as the system trusts it."""

    ca_certificates_pem: str = ""
    insecure_skip_verify: bool = False
    plain_http: bool = False
    client_certificate_pem: str = ""


UNSAID = Unsaid()


def client_tls(transport: Transport, client_key: str) -> ssl.SSLContext:
    """Return what connects to a registry with `transport`, showing its client certificate.

    Args:
        transport: A stored one, so that its certificates are good.
        client_key: PEM private key of its client certificate; empty: it has none.
    """
    said = (
        transport.ca_certificates_pem,
        transport.insecure_skip_verify,
        transport.client_certificate_pem,
    )
    if not any(said):
        return _of_the_system()
    context = ssl.create_default_context()
    if transport.ca_certificates_pem:
        context.load_verify_locations(cadata=transport.ca_certificates_pem)
    if transport.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if transport.client_certificate_pem:
        _show(context, f"{client_key}\n{transport.client_certificate_pem}")
    return context


@lru_cache(maxsize=1)
def _of_the_system() -> ssl.SSLContext:
    return ssl.create_default_context()  # reading all authorities takes tens of milliseconds


def _show(context: ssl.SSLContext, pair_pem: str) -> None:
    # OpenSSL's binding reads files alone; this one lies in memory and is seen by nobody else.
    with os.fdopen(os.memfd_create("client", os.MFD_CLOEXEC), "w") as file:
        file.write(pair_pem)
        file.flush()
        # A key that is encrypted must not make OpenSSL ask at the terminal.
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}", password=lambda: os.urandom(8))
