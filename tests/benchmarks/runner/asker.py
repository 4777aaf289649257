"""Asks a runner for runs, one call after the other, and tells how long the answers take.

    python -m tests.benchmarks.runner.asker ADDRESS RUN...

asks until standard input ends, and then prints the 99th percentile in seconds. It is a process of
its own: where hundreds of streams are read, answers wait for the reader.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from itertools import cycle

import grpc

from freshet.runner.v1.runner_service_pb2 import GetRunRequest
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub

_PAUSE_S = 0.002


def main(address: str, *names: str) -> None:
    """Ask in turn for the runs."""
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    times: list[float] = []
    with grpc.insecure_channel(address) as channel:
        stub = RunnerServiceStub(channel)
        for name in cycle(names):
            began = time.perf_counter()
            stub.GetRun(GetRunRequest(name=name))
            times.append(time.perf_counter() - began)
            if ended.wait(_PAUSE_S):
                break
    print(statistics.quantiles(times[1:], n=100)[98])  # the first one connects


if __name__ == "__main__":
    main(*sys.argv[1:])
