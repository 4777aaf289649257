"""An HTTP/1.1 proxy before one registry that goes wrong when told to."""

import contextlib
import http.client
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.engine.faults import Action, Cut, Fault, Reply, SeenRequest, Slow, Stall

_PIECE_BYTES = 64 * 1024
_SLOW_PIECES_PER_S = 20
_SETTLE_S = 0.5
_TLS_HANDSHAKE = b"\x16"
_HOP_BY_HOP = {"connection", "keep-alive", "expect", "transfer-encoding"}


class FaultProxy(ThreadingHTTPServer):
    """Listens on `address` and forwards to `upstream`, both host and port."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], upstream: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.upstream = upstream
        self._lock = threading.Condition()
        self._faults: list[tuple[Fault, int]] = []
        self._seen: list[SeenRequest] = []
        self._open_count = 0
        """How many requests have begun since the last `clear` and are not noted yet."""
        self.released = threading.Event()
        """Set when nothing that is stalled now needs to stall any longer."""

    def inject(self, faults: list[Fault]) -> None:
        """Add faults after those that are there."""
        with self._lock:
            self._faults += [(fault, fault.count) for fault in faults]

    def clear(self) -> None:
        """Forget faults and requests; release what is stalled."""
        with self._lock:
            self._faults.clear()
            self._seen.clear()
            self._open_count = 0
            self.released.set()
            self.released = threading.Event()

    def seen(self) -> list[SeenRequest]:
        """Return the requests since the last `clear`.

        A client may have its answer before the request is noted, so open ones are waited for; not
        long, for some may be stalled.
        """
        with self._lock:
            self._lock.wait_for(lambda: self._open_count == 0, _SETTLE_S)
            return list(self._seen)

    def begin(self) -> threading.Event:
        """Count a request that begins; return the period that it belongs to."""
        with self._lock:
            self._open_count += 1
            return self.released

    def note(self, request: SeenRequest, period: threading.Event) -> None:
        """Remember a request, unless it began before the last `clear`."""
        with self._lock:
            if period is self.released:
                self._seen.append(request)
                self._open_count -= 1
                self._lock.notify_all()

    def take(self, method: str, path: str) -> Action | None:
        """Use up one count of the first fault that matches."""
        with self._lock:
            for index, (fault, left) in enumerate(self._faults):
                if re.fullmatch(fault.method, method) and re.search(fault.path, path):
                    self._faults[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault.action
        return None

    def handle_error(self, request: object, client_address: object) -> None:
        """Report only what is not a broken connection: those are this program's trade."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as declared


class _Interrupted(ConnectionError):
    """The connection is to be cut now."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultProxy
    connection: socket.socket
    _status: int | None

    def handle(self) -> None:
        """Answer a TLS greeting as Go's server does, or containerd will not fall back to HTTP."""
        if self.connection.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE:
            self.connection.sendall(
                b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTPS request to an HTTP server.\n"
            )
            return
        super().handle()

    def _proxy(self) -> None:
        period = self.server.begin()
        action = self.server.take(self.command, self.path)
        self._status = None
        try:
            if isinstance(action, Reply) and not action.taken:
                for _ in self._body():
                    pass
                self._reply(action)
            else:
                self._forward(action)
        except ConnectionError:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        finally:
            name = type(action).__name__ if action else ""
            seen = SeenRequest(method=self.command, path=self.path, fault=name, status=self._status)
            self.server.note(seen, period)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _proxy

    def _reply(self, reply: Reply) -> None:
        code = reply.code or ("TOOMANYREQUESTS" if reply.status == 429 else "UNKNOWN")
        body = json.dumps({"errors": [{"code": code, "message": reply.message}]}).encode()
        self._status = reply.status
        self.send_response(reply.status)
        if reply.retry_after_s is not None:
            self.send_header("Retry-After", str(reply.retry_after_s))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _forward(self, action: Action | None) -> None:
        upstream = http.client.HTTPConnection(*self.server.upstream)
        try:
            self._send_head(upstream)
            chunked = self._is_chunked()
            pieces = self._disturb(self._body(), action, "request")
            for piece in pieces:
                upstream.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                upstream.send(b"0\r\n\r\n")
            response = upstream.getresponse()
            if action == Cut(after_bytes=0, side="response"):
                raise _Interrupted("cut as asked")
            if isinstance(action, Reply):
                response.read()
                self._reply(action)
            else:
                self._send_back(response, action)
        finally:
            upstream.close()

    def _send_head(self, upstream: http.client.HTTPConnection) -> None:
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        # Every header by itself: clients repeat Accept, and each of them counts.
        for name, value in self.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                upstream.putheader(name, value)
        if self._is_chunked():
            upstream.putheader("Transfer-Encoding", "chunked")
        upstream.endheaders()

    def _send_back(self, response: http.client.HTTPResponse, action: Action | None) -> None:
        self._status = response.status
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        bodiless = self.command == "HEAD" or response.status in {204, 304}
        chunked = not bodiless and response.getheader("Content-Length") is None
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pieces = iter(lambda: response.read(_PIECE_BYTES), b"")
        for piece in self._disturb(pieces, action, "response"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _disturb(
        self, pieces: Iterator[bytes], action: Action | None, side: str
    ) -> Iterator[bytes]:
        match action:
            case Slow():
                return _slowly(pieces, action.bytes_per_s)
            case Cut() if action.side == side:
                return _ended(pieces, action.after_bytes, lambda: None)
            case Stall() if side == "request":
                released = self.server.released
                return _ended(pieces, action.after_bytes, lambda: released.wait(action.limit_s))
        return pieces

    def _is_chunked(self) -> bool:
        return self.headers.get("Transfer-Encoding", "").lower() == "chunked"

    def _body(self) -> Iterator[bytes]:
        if not self._is_chunked():
            yield from self._exactly(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            yield from self._exactly(size)
            self.rfile.readline()
        self.rfile.readline()

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self.rfile.read1(min(size, _PIECE_BYTES))
            if not piece:
                raise _Interrupted("the client went away")
            size -= len(piece)
            yield piece

    def log_message(self, *_: object) -> None:
        """Say nothing: the requests are remembered instead."""


def _slowly(pieces: Iterator[bytes], bytes_per_s: int) -> Iterator[bytes]:
    step = max(1, bytes_per_s // _SLOW_PIECES_PER_S)
    for piece in pieces:
        for start in range(0, len(piece), step):
            part = piece[start : start + step]
            yield part
            time.sleep(len(part) / bytes_per_s)


def _ended(
    pieces: Iterator[bytes], after_bytes: int, wait: Callable[[], object]
) -> Iterator[bytes]:
    left = after_bytes
    for piece in pieces:
        if len(piece) >= left:
            yield piece[:left]
            break
        left -= len(piece)
        yield piece
    wait()
    raise _Interrupted("cut as asked")
