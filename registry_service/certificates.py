"""What is wrong with a client certificate and its private key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

_CERTIFICATE, _KEY = "client_certificate_pem", "client_private_key_pem"
_ENCRYPTED = ("BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED")


def pair_faults(certificate_pem: str, key_pem: str) -> Iterator[tuple[str, str]]:
    """Yield faulty fields of a transport, and what is wrong; both texts empty: no pair, no fault.

    No message repeats anything of the key.
    """
    if not certificate_pem:
        if key_pem:
            yield _CERTIFICATE, "it is needed beside a private key"
        return
    # Imported late: few registries bring certificates.
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        certificate = x509.load_pem_x509_certificates(certificate_pem.encode())[0]
        certificate_key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        yield _CERTIFICATE, "expected certificates in PEM form, the client's own first"
        return
    if not key_pem:
        yield _KEY, "it is needed beside a certificate"
    elif any(mark in key_pem for mark in _ENCRYPTED):
        yield _KEY, "it is encrypted; give it without a passphrase, the service encrypts it"
    else:
        try:
            key = load_pem_private_key(key_pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            yield _KEY, "expected a private key in PEM form"
            return
        if key.public_key() != certificate_key:
            yield _KEY, "it does not belong to the first certificate of client_certificate_pem"


def expiry_warning(certificate_pem: str, now: datetime) -> str:
    """Return a sentence when a good certificate is not valid `now`; empty: it is, or is none."""
    if not certificate_pem:
        return ""
    from cryptography import x509

    certificate = x509.load_pem_x509_certificates(certificate_pem.encode())[0]
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > end:
        return f"the client certificate expired on {end:%Y-%m-%d}; replace it"
    if now < begin:
        return f"the client certificate is valid from {begin:%Y-%m-%d} on, not yet"
    return ""
