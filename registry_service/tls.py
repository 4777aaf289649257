"""The TLS settings of a registry, as Python's clients take them."""

from __future__ import annotations

import os
import ssl

from registry_service.registries import Transport


def client_tls(transport: Transport, client_key: str) -> ssl.SSLContext:
    """Return what connects to a registry with `transport`, showing its client certificate.

    Args:
        transport: A stored one, so that its certificates are good.
        client_key: PEM private key of its client certificate; empty: it has none.
    """
    context = ssl.create_default_context()
    if transport.ca_certificates_pem:
        context.load_verify_locations(cadata=transport.ca_certificates_pem)
    if transport.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if transport.client_certificate_pem:
        _show(context, f"{client_key}\n{transport.client_certificate_pem}")
    return context


def _show(context: ssl.SSLContext, pair_pem: str) -> None:
    # OpenSSL's binding reads files alone; this one lies in memory and is seen by nobody else.
    with os.fdopen(os.memfd_create("client", os.MFD_CLOEXEC), "w") as file:
        file.write(pair_pem)
        file.flush()
        # A key that is encrypted must not make OpenSSL ask at the terminal.
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}", password=lambda: os.urandom(8))
