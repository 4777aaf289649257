"""What a daemon told of itself, remembered for a moment.

Daemons take tens of milliseconds for it, as long as half a build from the cache, and each run needs
to know. They may be replaced at any time: it is believed for seconds, and only while the daemon
answers pings as before.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from runner_service.daemon.port import DaemonDescription

_BELIEVED_S = 5.0
_VARYING = frozenset({"date"})

Ping = Mapping[str, str]
"""Headers of the answer, names in lower case."""
Ask = Callable[[Ping], Awaitable[DaemonDescription]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    description: DaemonDescription
    ping: Ping
    end_s: float
    """Until when it is believed, by the clock."""


class SelfDescription:
    """Asks for a description when what is known may be wrong."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask by `ask`; `clock` returns seconds."""
        self._ask = ask
        self._clock = clock
        self._known: _Known | None = None

    async def current(self, ping: Ping) -> DaemonDescription:
        """Return the description of a daemon that has just answered `ping`."""
        steady = {name: value for name, value in ping.items() if name not in _VARYING}
        known, now_s = self._known, self._clock()
        if known is None or known.ping != steady or now_s >= known.end_s:
            description = await self._ask(ping)
            end_s = now_s + _BELIEVED_S
            known = self._known = _Known(description=description, ping=steady, end_s=end_s)
        return known.description

    def forget(self) -> None:
        """Believe nothing any more: the daemon was away."""
        self._known = None
