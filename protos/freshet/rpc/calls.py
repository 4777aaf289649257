"""What happens around each call: who may make it, how its errors look, who hears of it.

Handlers are wrapped once, when the server is built. An interceptor would make wrappers at every
call, which costs more than all that is done here.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from secrets import token_hex
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import grpc

from freshet.rpc.access import Caller, Method, Refused
from freshet.rpc.callers import Identify, peer_host
from freshet.rpc.logs import log_call, logs_reads
from freshet.rpc.logs import request_id as present_request_id
from freshet.rpc.status import FaultTable, Unreadable, abort, fault_of, tolerant

REQUEST_ID_KEY = "x-request-id"
"""Metadata with which callers may name a call in the logs."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

if TYPE_CHECKING:  # the classes of grpc take parameters in their stubs alone
    _Context = grpc.aio.ServicerContext[Any, Any]
    _Unary = Callable[[Any, _Context], Awaitable[Any]]
    _Stream = Callable[[Any, _Context], AsyncIterator[Any]]
    _Handler = grpc.RpcMethodHandler[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that has ended."""

    method: Method
    caller: str
    """As `AuditEntry.caller`."""
    resource: str
    """What it was about; empty where the method is not audited."""
    code: str
    """Name of the gRPC code."""
    outcome: str
    """`OK`, `CANCELLED` or the reason of the error."""
    refused: bool
    """Whether the caller was not allowed to make it."""
    duration_s: float
    request_id: str


Observer = Callable[[Call], None]
"""Hears of each call, before it is answered. Must not wait."""


class Audit(Protocol):
    """Where audited and refused calls are noted."""

    def note(self, call: Call) -> None:
        """Keep a call; it is stored soon."""

    async def write(self, call: Call) -> None:
        """Store a call, and return when it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRules:
    """What holds for all calls of a server."""

    domain: str
    fault_table: FaultTable
    identify: Identify
    observers: Sequence[Observer]
    audit: Audit | None


def guarded(
    handlers: Mapping[str, _Handler], methods: Mapping[str, Method], rules: CallRules
) -> dict[str, _Handler]:
    """Return the handlers of a service, by method, with all that happens around their calls."""
    return {name: _guard(handler, methods[name], rules) for name, handler in handlers.items()}


def _guard(handler: _Handler, method: Method, rules: CallRules) -> _Handler:
    make = _HANDLER_MAKERS[handler.request_streaming, handler.response_streaming]
    inner = getattr(handler, make.__name__.removesuffix("_rpc_method_handler"))
    guard = _stream if handler.response_streaming else _unary
    read = handler.request_deserializer
    return make(guard(inner, method, rules), read and tolerant(read), handler.response_serializer)


def _unary(inner: _Unary, method: Method, rules: CallRules) -> _Unary:
    async def call(request: object, context: _Context) -> object:
        async with _Attendance(method, rules, request, context) as attendance:
            attendance.admit()
            attendance.response = await inner(request, context)
        return attendance.response

    return call


def _stream(inner: _Stream, method: Method, rules: CallRules) -> _Stream:
    async def call(request: object, context: _Context) -> AsyncIterator[object]:
        async with _Attendance(method, rules, request, context) as attendance:
            attendance.admit()
            async for response in inner(request, context):
                yield response

    return call


class _Attendance:
    """Accompanies one call to its end."""

    __slots__ = (
        "_began",
        "_caller",
        "_context",
        "_id",
        "_method",
        "_request",
        "_rules",
        "_unreadable",
        "response",
    )

    def __init__(
        self, method: Method, rules: CallRules, request: object, context: _Context
    ) -> None:
        self._method = method
        self._rules = rules
        self._unreadable = request if isinstance(request, Unreadable) else None
        self._request = None if self._unreadable else request
        self._context = context
        self._caller: Caller | None = None
        self._began = time.perf_counter()
        self._id = _request_id(context)
        self.response: object = None

    def admit(self) -> None:
        """Let the caller pass.

        Raises:
            DecodeError: the request cannot be read.
            Refused: it may not make the call.
        """
        present_request_id.set(self._id)
        self._caller = self._rules.identify(self._context)
        self._method.check(self._caller)
        if self._unreadable:
            raise self._unreadable.cause

    async def __aenter__(self) -> _Attendance:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if error is None:
            await self._end("OK", "OK")
        elif not isinstance(error, Exception):  # the caller left, or the service stops
            await self._end("CANCELLED", "CANCELLED", waiting=False)
        elif isinstance(error, grpc.aio.AbortError):
            code = self._context.code()
            name = code.name if isinstance(code, grpc.StatusCode) else "UNKNOWN"
            await self._end(name, name)
        else:
            fault = fault_of(error, self._rules.fault_table, self._id)
            if isinstance(error, Refused):
                self._caller = error.caller
            await self._end(fault.code.name, fault.reason, refused=isinstance(error, Refused))
            await abort(fault, self._rules.domain, self._context)

    async def _end(
        self, code: str, outcome: str, *, refused: bool = False, waiting: bool = True
    ) -> None:
        method, audit, observers = self._method, self._rules.audit, self._rules.observers
        if not (observers or method.audited or refused or logs_reads()):
            return  # nobody would hear of it, as of most calls
        call = Call(
            method=method,
            caller=self._caller.name if self._caller else f"unknown:{peer_host(self._context)}",
            resource=method.resource_of(self.response, self._request) if method.audited else "",
            code=code,
            outcome=outcome,
            refused=refused,
            duration_s=time.perf_counter() - self._began,
            request_id=self._id,
        )
        log_call(call)
        for observe in observers:
            observe(call)
        if audit and method.changing and waiting and not refused:
            await audit.write(call)
        elif audit and (method.audited or refused):
            audit.note(call)


_numbers = count(1)
_process = token_hex(4)


def _request_id(context: _Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == REQUEST_ID_KEY and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return f"{_process}-{next(_numbers)}"


_HANDLER_MAKERS: Mapping[tuple[bool, bool], Callable[..., _Handler]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}
