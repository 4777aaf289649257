"""What time it is; given to whoever needs it, so that tests need not wait."""

import time
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp


class Clock(Protocol):
    """Tells the time."""

    def now_ns(self) -> int:
        """Return nanoseconds since the epoch."""


class SystemClock:
    """The clock of the machine."""

    def now_ns(self) -> int:
        """Return nanoseconds since the epoch."""
        return time.time_ns()


def timestamp(clock: Clock) -> Timestamp:
    """Return the present time as the contract writes it."""
    now = Timestamp()
    now.FromNanoseconds(clock.now_ns())
    return now
