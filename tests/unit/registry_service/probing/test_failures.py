"""Why a registry gave no answer, and what to do about it."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from freshet.distribution.causes import speaks_no_tls
from registry_service.credentials import Credentials
from registry_service.probing import Target
from registry_service.probing.failures import explain
from registry_service.registries import Transport

REQUEST = httpx.Request("GET", "https://one.test/v2/")
TARGET = Target(credentials=Credentials(domain="one.test"))
SHOWN = Target(
    credentials=Credentials(domain="one.test"),
    transport=Transport(client_certificate_pem="x"),
)
TRUSTING = Target(
    credentials=Credentials(domain="one.test"), transport=Transport(ca_certificates_pem="x")
)


def caused_by(cause: BaseException, host: str = "one.test") -> httpx.ConnectError:
    error = httpx.ConnectError("failed", request=httpx.Request("GET", f"https://{host}/v2/"))
    error.__cause__ = cause
    return error


def certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "in the words of OpenSSL."
    return error


def alert(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "target", "reason", "advice"),
    [
        (caused_by(socket.gaierror(-2, "unknown")), TARGET, "NAME_NOT_RESOLVED", "spelling"),
        (caused_by(ConnectionRefusedError()), TARGET, "CONNECTION_REFUSED", "the port"),
        (
            caused_by(OSError(BaseExceptionGroup("both", [ConnectionRefusedError()]))),
            TARGET,
            "UNREACHABLE",
            "failed",
        ),
        (
            caused_by(BaseExceptionGroup("both", [OSError(), ConnectionRefusedError()])),
            TARGET,
            "CONNECTION_REFUSED",
            "the port",
        ),
        (caused_by(ConnectionResetError()), TARGET, "CONNECTION_BROKEN", "`plain_http`"),
        (
            httpx.RemoteProtocolError("no answer", request=REQUEST),
            TARGET,
            "CONNECTION_BROKEN",
            "`plain_http`",
        ),
        (httpx.ReadTimeout("", request=REQUEST), TARGET, "TIMED_OUT", "firewall"),
        (TimeoutError(), TARGET, "TIMED_OUT", "firewall"),
        (httpx.ProxyError("407 Auth", request=REQUEST), TARGET, "PROXY_FAILED", "407 Auth"),
        (httpx.ReadError("odd", request=REQUEST), TARGET, "UNREACHABLE", "odd"),
        (caused_by(certificate(9)), TARGET, "CERTIFICATE_NOT_YET_VALID", "clocks"),
        (caused_by(certificate(10)), TARGET, "CERTIFICATE_EXPIRED", "renew"),
        (caused_by(certificate(18)), TARGET, "CERTIFICATE_SELF_SIGNED", "`ca_certificates_pem`"),
        (caused_by(certificate(19)), TARGET, "CERTIFICATE_AUTHORITY_UNKNOWN", "give it"),
        (caused_by(certificate(20)), TARGET, "CERTIFICATE_AUTHORITY_UNKNOWN", "give it"),
        (caused_by(certificate(20)), TRUSTING, "CERTIFICATE_AUTHORITY_UNKNOWN", "the right one"),
        (caused_by(certificate(23)), TARGET, "CERTIFICATE_REVOKED", "renew"),
        (caused_by(certificate(62)), TARGET, "CERTIFICATE_FOR_OTHER_HOST", "the name"),
        (caused_by(certificate(64)), TARGET, "CERTIFICATE_FOR_OTHER_HOST", "the name"),
        (caused_by(certificate(99)), TARGET, "CERTIFICATE_INVALID", "words of OpenSSL)"),
        (caused_by(alert("WRONG_VERSION_NUMBER")), TARGET, "TLS_NOT_SPOKEN", "`plain_http`"),
        (
            caused_by(alert("TLSV13_ALERT_CERTIFICATE_REQUIRED")),
            TARGET,
            "CLIENT_CERTIFICATE_REQUIRED",
            "give one",
        ),
        (
            caused_by(alert("TLSV1_ALERT_UNKNOWN_CA")),
            SHOWN,
            "CLIENT_CERTIFICATE_REFUSED",
            "give another",
        ),
        (alert("UNSUPPORTED_PROTOCOL"), TARGET, "TLS_FAILED", "UNSUPPORTED_PROTOCOL"),
    ],
)
def test_failure_says_what_to_do(
    error: Exception, target: Target, reason: str, advice: str
) -> None:
    check = explain(error, target)

    assert check.reason == reason
    assert "one.test" in check.message
    assert advice in check.message


def test_failure_names_the_host_that_failed() -> None:
    check = explain(caused_by(certificate(10), host="tokens.test"), TARGET)

    assert check.message.startswith('the certificate of "tokens.test" has expired')


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (ssl.SSLEOFError(8, "EOF"), True),
        (alert("RECORD_LAYER_FAILURE"), True),
        (ConnectionResetError(), True),
        (alert("TLSV1_ALERT_UNKNOWN_CA"), False),
        (certificate(18), False),
        (ConnectionRefusedError(), False),
    ],
)
def test_server_that_speaks_no_tls_is_told_apart(cause: BaseException, expected: bool) -> None:
    assert speaks_no_tls(caused_by(cause)) == expected
