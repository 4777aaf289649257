"""The way of a build's output: a million lines, from the engine to a watcher, all written down."""

import re
import subprocess
import uuid
from collections.abc import Iterator

from freshet.runner.v1.run_pb2 import Run
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub
from tests.benchmarks.rows import Row, medians, row_against_fastest
from tests.benchmarks.runner.bench import Bench, Work, events_of, pipeline_that_builds

_ROUNDS = 3
_COUNT = 1_000_000
_LIMIT_S = 300.0
_LINE = re.compile(rb"^#\d+ \d+\.\d+ (\d+)$", re.MULTILINE)


def log_rows(bench: Bench) -> Iterator[Row]:
    """Measure on an engine that clips nothing."""
    ours, peers = _our_build(bench), _their_builds(bench)
    figure, *found = medians([ours, *peers.values()], _ROUNDS)
    yield row_against_fastest(
        "log-1000000-lines", figure, dict(zip(peers, found, strict=True)), 1.5
    )


def _dockerfile(bench: Bench) -> str:
    return f"FROM {bench.environment.base_image}\nRUN echo {uuid.uuid4()} && seq {_COUNT} | cat\n"


def _our_build(bench: Bench) -> Work:
    directory = bench.directory("lines", codefresh_yml=pipeline_that_builds("bench/lines"))
    stub = RunnerServiceStub(bench.channel())

    def work() -> None:
        (directory / "Dockerfile").write_text(_dockerfile(bench), encoding="utf-8")
        expected, output, state = 1, bytearray(), Run.STATE_UNSPECIFIED
        for event in events_of(stub, bench.request(directory)):
            assert event.sequence == expected, f"event {event.sequence} came for {expected}"
            expected += 1
            output += event.log_chunk.data
            state = event.run_state_change.state or state
        assert state == Run.STATE_SUCCEEDED, state
        _check(bytes(output))

    return work


def _their_builds(bench: Bench) -> dict[str, Work]:
    directory = bench.directory("lines-theirs")
    file = bench.folder / "lines.txt"

    def build_by(release: str) -> Work:
        def work() -> None:
            (directory / "Dockerfile").write_text(_dockerfile(bench), encoding="utf-8")
            command = ["docker", "build", "--progress=plain", str(directory)]
            with file.open("wb") as output:
                # Docker's own clients may lose the end of so much, and fail: their time counts
                # all the same, though ours has to bring every line.
                subprocess.run(
                    bench.environment.command(command),
                    env=bench.docker_environment(release),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    check=False,
                    timeout=_LIMIT_S,
                )
            assert _LINE.search(file.read_bytes())

        return work

    return {f"{name} > file": build_by(release) for name, release in bench.clients.items()}


def _check(output: bytes) -> None:
    """Fail unless all the lines are there, in order."""
    expected = 1
    for line in _LINE.finditer(output):
        assert int(line[1]) == expected, f"{line[0]!r} came for {expected}"
        expected += 1
    assert expected == _COUNT + 1, f"{expected - 1} lines"
