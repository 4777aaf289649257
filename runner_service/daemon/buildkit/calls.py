"""Answers gRPC calls that come in over a connection, by handlers as grpcio has them.

Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
"""

import logging
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any, NoReturn
from urllib.parse import quote

import grpc

from runner_service.daemon.buildkit.http2_stream import Headers, Stream

Services = Mapping[str, Mapping[str, "grpc.RpcMethodHandler[Any, Any]"]]
"""What is served: by service, by method."""

_log = logging.getLogger(__name__)
_PREFIX = struct.Struct(">?I")
"""Of a message: whether it is compressed, and its size."""
_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class CallAborted(Exception):
    """A call ends with a status other than OK."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        self.code = code
        self.details = details
        super().__init__(details)


class Call:
    """What a handler is told about its call: a part of `grpc.aio.ServicerContext`."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def invocation_metadata(self) -> Headers:
        """Return the headers that are the caller's own."""
        return [(name, value) for name, value in self._headers if not name.startswith(":")]

    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        """End the call."""
        raise CallAborted(code, details)


def answering(services: Services) -> Callable[[Stream], Any]:
    """Return what answers one call to `services`."""

    async def answer(stream: Stream) -> None:
        stream.begin([(":status", "200"), ("content-type", "application/grpc")])
        try:
            await _handle(services, stream)
        except CallAborted as aborted:
            stream.end(_status(aborted.code, aborted.details))
        except Exception:
            _log.exception("a call of the daemon met a bug")
            stream.end(_status(grpc.StatusCode.UNKNOWN, "internal error"))
        else:
            stream.end(_status(grpc.StatusCode.OK))

    return answer


async def _handle(services: Services, stream: Stream) -> None:
    call = Call(stream.headers)
    path = dict(stream.headers).get(":path", "")
    service, _, method = path.removeprefix("/").rpartition("/")
    handler: Any = services.get(service, {}).get(method)
    if handler is None:
        await call.abort(grpc.StatusCode.UNIMPLEMENTED, f"unknown method {path}")
    requests = _requests(stream, handler.request_deserializer)
    asked = requests if handler.request_streaming else await _only(requests, call)
    if handler.response_streaming:
        answer = handler.stream_stream if handler.request_streaming else handler.unary_stream
        async with aclosing(answer(asked, call)) as responses:
            async for response in responses:
                await stream.send(_message(handler.response_serializer(response)))
    else:
        answer = handler.stream_unary if handler.request_streaming else handler.unary_unary
        response = await answer(asked, call)
        await stream.send(_message(handler.response_serializer(response)))


async def _requests(stream: Stream, parse: Callable[[bytes], Any]) -> AsyncIterator[Any]:
    rest = b""
    while received := await stream.receive():
        data, begin = rest + received, 0
        while len(data) - begin >= _PREFIX.size:
            compressed, size_bytes = _PREFIX.unpack_from(data, begin)
            if compressed:
                raise CallAborted(grpc.StatusCode.UNIMPLEMENTED, "messages are not decompressed")
            if size_bytes > _MAX_MESSAGE_BYTES:
                raise CallAborted(grpc.StatusCode.RESOURCE_EXHAUSTED, "too large a message")
            message_begin = begin + _PREFIX.size
            if message_begin + size_bytes > len(data):
                break
            begin = message_begin + size_bytes
            yield parse(data[message_begin:begin])
        rest = data[begin:]


async def _only(requests: AsyncIterator[Any], call: Call) -> Any:  # noqa: ANN401 - any message
    request = await anext(requests, None)
    if request is None:
        await call.abort(grpc.StatusCode.INTERNAL, "no message")
    return request


def _message(data: bytes) -> bytes:
    return _PREFIX.pack(False, len(data)) + data


def _status(code: grpc.StatusCode, details: str = "") -> Headers:
    number, _ = code.value
    return [("grpc-status", str(number)), ("grpc-message", quote(details, safe=_PRINTABLE))]
