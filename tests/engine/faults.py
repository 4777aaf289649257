"""Faults that a test asks of the proxy before the open registry."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer with an error of the proxy's own."""

    status: int
    retry_after_s: int | None = None
    code: str = ""
    """Of the distribution protocol; empty: one that suits the status."""
    message: str = "injected fault"
    taken: bool = False
    """Whether the registry does what was asked before; else it never sees the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Close the connection after so many bytes of body; at the latest when the body ends.

    After none of a response, there is no response.
    """

    after_bytes: int
    side: Literal["request", "response"] = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """Let bodies through at a limited speed, in both directions."""

    bytes_per_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """Stop reading after so many bytes of the request's body; cut the connection after a while."""

    after_bytes: int
    limit_s: float


Action = Reply | Cut | Slow | Stall
_ACTIONS: dict[str, type[Action]] = {one.__name__: one for one in (Reply, Cut, Slow, Stall)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with the next `count` requests that match."""

    action: Action
    method: str = ".*"
    """Regular expression for the whole method."""
    path: str = ""
    """Regular expression found anywhere in path and query."""
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """A request that came to the proxy."""

    method: str
    path: str
    fault: str = ""
    """Name of the action that befell it; empty if it went through."""
    status: int | None = None
    """What the client was answered; none if the connection was cut before."""


class Faults:
    """Steers the proxy of one environment from a test."""

    def __init__(self, ask: Callable[[dict[str, Any]], Any]) -> None:
        self._ask = ask

    def inject(self, *faults: Fault) -> None:
        """Add faults; of several that match a request the first added comes first."""
        self._ask({"do": "inject", "faults": [fault_to_json(fault) for fault in faults]})

    def clear(self) -> None:
        """Forget all faults and all requests seen; end what is stalled."""
        self._ask({"do": "clear"})

    def requests(self) -> tuple[SeenRequest, ...]:
        """Return the requests since the last `clear`, in the order of their answers."""
        return tuple(SeenRequest(**seen) for seen in self._ask({"do": "requests"}))


def fault_to_json(fault: Fault) -> dict[str, Any]:
    """Return `fault` in plain values."""
    return dataclasses.asdict(fault) | {"kind": type(fault.action).__name__}


def fault_from_json(raw: dict[str, Any]) -> Fault:
    """Return what `fault_to_json` made plain."""
    kind = _ACTIONS[raw.pop("kind")]
    return Fault(action=kind(**raw.pop("action")), **raw)
