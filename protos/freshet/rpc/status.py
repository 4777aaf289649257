"""Errors on the wire: `google.rpc.Status` with an `ErrorInfo`, written and read in one place.

Services raise their own errors, and their tables (`FaultTable`) tell how each looks on the wire. An
error that is in no table is a bug: it is logged whole and the caller sees `INTERNAL` without its
text, which might hold a secret.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, Protocol, TypeVar, cast

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from freshet.rpc.access import (
    Refused,
    RoleInsufficient,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    role_word,
)
from freshet.rpc.names import InvalidResourceName
from freshet.rpc.pages import InvalidPage
from freshet.rpc.room import fit_message, fit_metadata, fit_violations

_log = logging.getLogger(__name__)
_Request = TypeVar("_Request")
_DETAILS_KEY = "grpc-status-details-bin"  # fixed by gRPC
_REFUSAL_REASONS: Mapping[type[Refused], str] = {
    TokenMissing: "TOKEN_MISSING",
    TokenInvalid: "TOKEN_INVALID",
    TokenExpired: "TOKEN_EXPIRED",
}


class Violation(NamedTuple):
    """A field of a request that breaks a rule."""

    field: str
    description: str
    reason: str = ""
    """Tells the rule, stable and machine-readable, UPPER_SNAKE; empty: it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How an error looks on the wire."""

    code: grpc.StatusCode
    reason: str
    """Stable and machine-readable, UPPER_SNAKE, at most 63 characters."""
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Every changing part of the message, by name."""
    violations: tuple[Violation, ...] = ()
    """The rules that the request breaks."""
    retry_delay_s: float | None = None
    """When to try again; None when that would not help."""


class FaultTable(Protocol):
    """Tells how an error of a service looks on the wire."""

    def __call__(self, error: Exception) -> Fault | None:
        """Return the fault, or None when the error is none of the service's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcFailure(Exception):
    """An error as a client reads it."""

    code: grpc.StatusCode
    domain: str
    """The service that answered, for example `runner.freshet`. Empty: none did."""
    reason: str
    message: str
    metadata: Mapping[str, str]
    violations: tuple[tuple[str, str], ...]
    """Faulty fields and what is wrong with each."""
    violation_reasons: tuple[str, ...] = ()
    """Which rule each of them breaks; empty text where the rule has no reason of its own."""

    def __str__(self) -> str:
        """Return the sentence for people."""
        return self.message


def read_failure(error: grpc.RpcError) -> RpcFailure:
    """Return what a failed call of a stub says, sync or aio."""
    code = error.code()
    info = error_details_pb2.ErrorInfo()
    bad_request = error_details_pb2.BadRequest()
    for detail in _details(error):
        if detail.Is(bad_request.DESCRIPTOR):
            detail.Unpack(bad_request)
        elif detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
    return RpcFailure(
        code=code,
        domain=info.domain,
        reason=info.reason,
        message=error.details() or code.name,
        metadata=dict(info.metadata),
        violations=tuple((v.field, v.description) for v in bad_request.field_violations),
        violation_reasons=tuple(v.reason for v in bad_request.field_violations),
    )


def _details(error: grpc.RpcError) -> list[any_pb2.Any]:
    # The stubs hide that what sync and aio return are both pairs of a key and a value.
    pairs = cast("Iterable[tuple[str, bytes]]", error.trailing_metadata() or ())
    for key, value in pairs:
        if key == _DETAILS_KEY:
            return list(status_pb2.Status.FromString(value).details)
    return []


def fault_of(error: Exception, fault_table: FaultTable, request_id: str) -> Fault:
    """Return how an error looks on the wire; one that no table has is logged as a bug."""
    fault = fault_table(error) or _common_fault(error)
    if fault is None:
        _log.error("bug in a call", exc_info=error)
        fault = Fault(
            code=grpc.StatusCode.INTERNAL,
            reason="INTERNAL",
            message="internal error; the log of the service tells more",
            metadata={"request_id": request_id},
        )
    return fault


async def abort(fault: Fault, domain: str, context: grpc.aio.ServicerContext[Any, Any]) -> NoReturn:
    """End a call with a fault, answering as `domain`, for example `runner.freshet`."""
    status = rpc_status.to_status(_status(fault, domain))
    await context.abort(status.code, status.details, trailing_metadata=status.trailing_metadata)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a request that is no message of its type; grpc alone would say `INTERNAL`."""

    cause: DecodeError


def tolerant(read: Callable[[bytes], _Request]) -> Callable[[bytes], _Request | Unreadable]:
    """Return what reads requests as `read` does, and does not fail."""

    def read_or_note(data: bytes) -> _Request | Unreadable:
        try:
            return read(data)
        except DecodeError as error:
            return Unreadable(error)

    return read_or_note


def _common_fault(error: Exception) -> Fault | None:
    match error:
        case InvalidResourceName():
            return Fault(
                code=grpc.StatusCode.INVALID_ARGUMENT,
                reason="INVALID_RESOURCE_NAME",
                message=str(error),
                metadata={"name": error.name, "pattern": error.pattern},
                violations=(Violation("name", str(error), "INVALID_RESOURCE_NAME"),),
            )
        case DecodeError():
            return Fault(
                code=grpc.StatusCode.INVALID_ARGUMENT,
                reason="UNREADABLE_REQUEST",
                message="the request is no message of its type, or has text that is not UTF-8",
            )
        case InvalidPage():
            return Fault(
                code=grpc.StatusCode.INVALID_ARGUMENT,
                reason="INVALID_PAGE",
                message=str(error),
                violations=(Violation(error.field, str(error), "INVALID_PAGE"),),
            )
        case Refused():
            return _refusal(error)
        case _:
            return None


def _refusal(error: Refused) -> Fault:
    if isinstance(error, RoleInsufficient):
        return Fault(
            code=grpc.StatusCode.PERMISSION_DENIED,
            reason="ROLE_INSUFFICIENT",
            message=str(error),
            metadata={
                "caller": error.caller_name,
                "needed": role_word(error.needed),
                "has": role_word(error.has),
            },
        )
    return Fault(
        code=grpc.StatusCode.UNAUTHENTICATED,
        reason=_REFUSAL_REASONS[type(error)],
        message=str(error),
    )


def _status(fault: Fault, domain: str) -> status_pb2.Status:
    status = status_pb2.Status(
        code=code_pb2.Code.Value(fault.code.name), message=fit_message(fault.message)
    )
    info = error_details_pb2.ErrorInfo(
        reason=fault.reason, domain=domain, metadata=fit_metadata(fault.metadata)
    )
    status.details.add().Pack(info)
    if fault.violations:
        bad_request = error_details_pb2.BadRequest()
        for name, description, reason in fit_violations(fault.violations):
            bad_request.field_violations.add(field=name, description=description, reason=reason)
        status.details.add().Pack(bad_request)
    if fault.retry_delay_s is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(fault.retry_delay_s * 1000))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return status
