"""Frames of HTTP/2, read out of a stream of bytes and written into one; pure.

Source: RFC 9113, sections 4 and 6.
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

MAX_PAYLOAD_BYTES = 16_384
"""Of one frame, as long as no setting raises it; nobody here does."""
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client says before its first frame."""
END_STREAM = 0x1
ACK = 0x1
END_HEADERS = 0x4
_PADDED = 0x8
_PRIORITY = 0x20
_PRIORITY_BYTES = 5
_HEAD = struct.Struct(">BHBBI")
_LARGEST = 2**31 - 1


class Kind(IntEnum):
    """The kinds of frames that mean something here; others are passed over."""

    DATA = 0
    HEADERS = 1
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class Setting(IntEnum):
    """The settings that mean something here."""

    HEADER_TABLE_SIZE = 1
    INITIAL_WINDOW_SIZE = 4


class Http2Violation(Exception):
    """The peer does not keep to HTTP/2, or to the bounds we set."""


class Frame(NamedTuple):
    """One frame."""

    kind: int
    flags: int
    stream_id: int
    payload: bytes

    @property
    def content(self) -> bytes:
        """Return the payload of data or headers without padding and priority.

        Raises:
            Http2Violation: there is more padding than frame.
        """
        content = self.payload
        if self.flags & _PADDED:
            if not content or content[0] >= len(content):
                raise Http2Violation("more padding than frame")
            content = content[1 : len(content) - content[0]]
        prioritised = self.kind == Kind.HEADERS and self.flags & _PRIORITY
        return content[_PRIORITY_BYTES:] if prioritised else content


class FrameReader:
    """Splits what a peer sends. Not thread-safe."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are whole now; take them all before the next call.

        Raises:
            Http2Violation: a frame is larger than we allow.
        """
        data, begin = self._rest + data, 0
        while len(data) - begin >= _HEAD.size:
            high, low, kind, flags, stream_id = _HEAD.unpack_from(data, begin)
            size_bytes = high << 16 | low
            if size_bytes > MAX_PAYLOAD_BYTES:
                raise Http2Violation(f"a frame of {size_bytes} bytes")
            end = begin + _HEAD.size + size_bytes
            if end > len(data):
                break
            payload = data[begin + _HEAD.size : end]
            begin = end
            yield Frame(kind, flags, stream_id & _LARGEST, payload)
        self._rest = data[begin:]


def frame(kind: Kind, payload: bytes, *, flags: int = 0, stream_id: int = 0) -> bytes:
    """Return a frame to send."""
    return frame_head(kind, len(payload), flags=flags, stream_id=stream_id) + payload


def frame_head(kind: Kind, size_bytes: int, *, flags: int = 0, stream_id: int = 0) -> bytes:
    """Return what comes before a payload of `size_bytes`."""
    return _HEAD.pack(size_bytes >> 16, size_bytes & 0xFFFF, kind, flags, stream_id)


def window_update(stream_id: int, byte_count: int) -> bytes:
    """Return the frame that lets the peer send `byte_count` bytes more; stream 0: in all."""
    return frame(Kind.WINDOW_UPDATE, byte_count.to_bytes(4), stream_id=stream_id)


def number(payload: bytes) -> int:
    """Return the one number that a payload holds.

    Raises:
        Http2Violation: it holds something else.
    """
    if len(payload) != 4:
        raise Http2Violation(f"a number of {len(payload)} bytes")
    return int.from_bytes(payload) & _LARGEST


def settings(payload: bytes) -> dict[int, int]:
    """Return settings by name.

    Raises:
        Http2Violation: they cannot be read, or no stream could have such a window.
    """
    if len(payload) % 6:
        raise Http2Violation(f"settings of {len(payload)} bytes")
    found = dict(struct.iter_unpack(">HI", payload))
    if found.get(Setting.INITIAL_WINDOW_SIZE, 0) > _LARGEST:
        raise Http2Violation("a window that is too large")
    return found
