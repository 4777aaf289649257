"""Metrics for Prometheus, over HTTP on an address of their own.

Labels are methods, codes and nothing that comes from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from freshet.rpc.addresses import Address, InvalidAddress

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from freshet.rpc.calls import Call, Observer

_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A number of a service, read whenever somebody asks for the metrics."""

    name: str
    """Begins with `freshet_`, unit last; that of a counter without `_total`."""
    help: str
    read: Callable[[], float]
    """Called in a thread of its own."""
    counter: bool = False
    """Whether the number only goes up."""


@contextmanager
def metrics_at(address: Address | None, readings: Iterable[Reading]) -> Iterator[list[Observer]]:
    """Answer at `address` while the context is open; yield who must hear of each call.

    Raises:
        InvalidAddress: nobody can listen there.
    """
    if address is None:
        yield []
        return
    if address.socket_path:
        raise InvalidAddress(f'metrics need `host:port`, not "{address.target}"')
    from prometheus_client import CollectorRegistry, start_http_server  # who wants none, saves it

    registry = CollectorRegistry()
    registry.register(_Readings(tuple(readings)))
    observer = _observer(registry)
    host, _, port = address.target.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except OSError as error:
        raise InvalidAddress(
            f'cannot serve metrics at "{address.target}": {error.strerror}'
        ) from error
    try:
        yield [observer]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _observer(registry: CollectorRegistry) -> Observer:
    from prometheus_client import Counter, Histogram

    counts = Counter(
        "freshet_calls", "Calls by method and gRPC code.", ("method", "code"), registry=registry
    )
    durations = Histogram(
        "freshet_call_duration_seconds",
        "Time from the arrival of a call to its answer.",
        ("method",),
        buckets=_BUCKETS_S,
        registry=registry,
    )

    def observe(call: Call) -> None:
        counts.labels(call.method.name, call.code).inc()
        durations.labels(call.method.name).observe(call.duration_s)

    return observe


class _Readings:
    """Reads the numbers of a service when Prometheus asks."""

    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = readings

    def collect(self) -> Iterable[Metric]:
        """Return the present numbers."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for reading in self._readings:
            family = CounterMetricFamily if reading.counter else GaugeMetricFamily
            yield family(reading.name, reading.help, value=reading.read())
