"""One request of an HTTP/2 connection and its answer."""

import asyncio
from collections.abc import Callable, Sequence

Headers = Sequence[tuple[str, str]]

STEP_BYTES = 32 * 1024
"""The peer is let send on in steps of this size."""
_UNSENT_BYTES = 512 * 1024
"""How much waits to be sent before the sender has to."""


class Stream:
    """One request and its answer.

    Whoever answers calls `receive`, `begin`, `send` and `end`; the connection the others.
    """

    def __init__(self, headers: Headers, window_bytes: int, wake: Callable[[], None]) -> None:
        """Begin with what the peer takes; `wake` is called when there is something to send."""
        self.headers = headers
        self.window_bytes = window_bytes
        """How much the peer takes at the moment; may be below nothing."""
        self._wake = wake
        self._received = bytearray()
        self._all_received = False
        self._heard = asyncio.Event()
        self._taken_bytes = 0
        self._leading: Headers | None = None
        self._unsent = bytearray()
        self._room = asyncio.Event()
        self._trailing: Headers | None = None

    async def receive(self) -> bytes:
        """Return what came since the last call, at least something; nothing at the end."""
        while not self._received and not self._all_received:
            self._heard.clear()
            await self._heard.wait()
        data = bytes(self._received)
        self._received.clear()
        self._taken_bytes += len(data)
        if self._taken_bytes >= STEP_BYTES:
            self._wake()
        return data

    def begin(self, headers: Headers) -> None:
        """Send the headers of the answer."""
        self._leading = headers
        self._wake()

    async def send(self, data: bytes) -> None:
        """Send bytes as soon as the peer takes them; wait while too many are unsent."""
        while len(self._unsent) >= _UNSENT_BYTES:
            self._room.clear()
            await self._room.wait()
        self._unsent += data
        self._wake()

    def end(self, headers: Headers) -> None:
        """End the answer with trailing headers, when all is sent."""
        self._trailing = headers
        self._wake()

    def heard(self, data: bytes, *, last: bool) -> None:
        """Take what the peer sent."""
        self._received += data
        self._all_received |= last
        self._heard.set()

    def let_on(self) -> int:
        """Return how many bytes more the peer may send, none if that is not worth a word."""
        if self._taken_bytes < STEP_BYTES:
            return 0
        taken, self._taken_bytes = self._taken_bytes, 0
        return taken

    def take_leading(self) -> Headers | None:
        """Return the headers to begin with, once."""
        leading, self._leading = self._leading, None
        return leading

    def take_unsent(self, limit_bytes: int) -> bytes:
        """Return the next bytes to send, as far as the peer takes them."""
        count = max(0, min(limit_bytes, self.window_bytes))
        data = bytes(memoryview(self._unsent)[:count])
        del self._unsent[: len(data)]
        self.window_bytes -= len(data)
        if len(self._unsent) < _UNSENT_BYTES:
            self._room.set()
        return data

    def take_trailing(self) -> Headers | None:
        """Return the headers to end with, if nothing else is left to send."""
        return None if self._unsent else self._trailing
