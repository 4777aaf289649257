"""Says why a registry gave no answer, and what to do about it. Pure: it reads an exception."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping

from freshet.distribution.causes import cause_of, speaks_no_tls
from registry_service.probing.checks import Check, Subject, failed
from registry_service.probing.target import Target

_CERTIFICATE_FAULTS: Mapping[int, tuple[str, str]] = {  # numbers of OpenSSL: X509_V_ERR_…
    9: ("CERTIFICATE_NOT_YET_VALID", "is not valid yet; compare the clocks of both machines"),
    10: ("CERTIFICATE_EXPIRED", "has expired; renew it at the registry"),
    18: ("CERTIFICATE_SELF_SIGNED", "is signed by itself; give it as `ca_certificates_pem`"),
    23: ("CERTIFICATE_REVOKED", "was revoked; renew it at the registry"),
    62: ("CERTIFICATE_FOR_OTHER_HOST", "is for another host; use the name that stands in it"),
    64: ("CERTIFICATE_FOR_OTHER_HOST", "is for another host; use the name that stands in it"),
}
_UNKNOWN_AUTHORITY = (2, 19, 20, 21)
_CLIENT_CERTIFICATE_ALERTS = (
    "CERTIFICATE_REQUIRED",
    "ALERT_UNKNOWN_CA",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_HANDSHAKE_FAILURE",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_CERTIFICATE_EXPIRED",
)


def explain(error: Exception, target: Target, subject: Subject = Subject.REACH) -> Check:
    """Return the check of `subject`, or of TLS, that `error` makes fail."""
    if certificate := cause_of(ssl.SSLCertVerificationError, error):
        return _certificate_check(certificate, _where(error, target), target)
    if tls := cause_of(ssl.SSLError, error):
        return _tls_check(tls, _where(error, target), target)
    reason, told = _connection(error)
    return failed(subject, reason, f'cannot reach "{_where(error, target)}": {told}')


def unacceptable(error: Exception, target: Target, subject: Subject) -> Check:
    """Return the check of `subject` that fails since the registry asks for what is not done."""
    return failed(subject, "ANSWER_UNACCEPTABLE", f'"{target.domain}" cannot be tried: {error}')


def _where(error: Exception, target: Target) -> str:
    """Return the domain, or the other host that was asked: that of tokens, for example."""
    import httpx

    if not isinstance(error, httpx.HTTPError):
        return target.domain
    host = error.request.url.netloc.decode("ascii")
    return target.domain if host == target.api_host else host


def _certificate_check(error: ssl.SSLCertVerificationError, where: str, target: Target) -> Check:
    code: int = error.verify_code
    known = _CERTIFICATE_FAULTS.get(code, ("CERTIFICATE_INVALID", "is not accepted"))
    reason, told = _unknown_authority(target) if code in _UNKNOWN_AUTHORITY else known
    message = f'the certificate of "{where}" {told} ({error.verify_message.rstrip(".")})'
    return failed(Subject.TLS, reason, message)


def _unknown_authority(target: Target) -> tuple[str, str]:
    told = "is signed by an authority that this machine does not know; give it as"
    if target.transport.ca_certificates_pem:
        told = "is signed by none of the given authorities; give the right one as"
    return "CERTIFICATE_AUTHORITY_UNKNOWN", f"{told} `ca_certificates_pem`"


def _tls_check(error: ssl.SSLError, where: str, target: Target) -> Check:
    words = error.reason or str(error)
    if speaks_no_tls(error):
        reason = "TLS_NOT_SPOKEN"
        told = "does not speak TLS; if that is meant, set `plain_http`"
    elif any(alert in words for alert in _CLIENT_CERTIFICATE_ALERTS):
        reason, told = (
            ("CLIENT_CERTIFICATE_REFUSED", "refused our client certificate; give another")
            if target.transport.client_certificate_pem
            else ("CLIENT_CERTIFICATE_REQUIRED", "asks for a client certificate; give one")
        )
    else:
        reason, told = "TLS_FAILED", "cannot agree with us about TLS"
    return failed(Subject.TLS, reason, f'"{where}" {told} ({words})')


def _connection(error: Exception) -> tuple[str, str]:
    import httpx

    if cause_of(socket.gaierror, error):
        return "NAME_NOT_RESOLVED", "no address is known for that name; compare its spelling"
    if cause_of(ConnectionRefusedError, error):
        return "CONNECTION_REFUSED", "nothing listens at that port; compare the port"
    if isinstance(error, httpx.ProxyError):
        return "PROXY_FAILED", f"the proxy of the environment fails: {error}"
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return "TIMED_OUT", "no answer in time; is there a firewall between us?"
    if cause_of(ConnectionResetError, error) or isinstance(error, httpx.RemoteProtocolError):
        return (
            "CONNECTION_BROKEN",
            "it ended the connection without an answer; compare port and `plain_http`",
        )
    return "UNREACHABLE", str(error) or type(error).__name__
