"""What is behind the errors of an HTTP client."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import TypeVar

_Kind = TypeVar("_Kind", bound=BaseException)
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH")


def speaks_no_tls(error: BaseException) -> bool:
    """Tell whether `error` looks as if the other side does not speak TLS."""
    cause = cause_of(ssl.SSLError, error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return False
    if isinstance(cause, ssl.SSLEOFError):
        return True
    if cause:
        return any(word in (cause.reason or "") for word in _NOT_TLS)
    return cause_of(ConnectionResetError, error) is not None


def cause_of(kind: type[_Kind], error: BaseException) -> _Kind | None:
    """Return the first cause of `error`, itself included, that is of `kind`."""
    return next((each for each in _causes(error) if isinstance(each, kind)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and what caused it; the library for sockets joins several attempts."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _causes(each)
    if cause := error.__cause__ or error.__context__:
        yield from _causes(cause)
