"""The lines a build shows."""

from dataclasses import replace

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from runner_service.daemon import (
    BuildEvent,
    CacheUse,
    OutputClipped,
    OutputStream,
    VertexProgress,
)
from runner_service.daemon.buildkit.trace import FailedStep, Trace
from runner_service.daemon.buildkit.wire_pb2 import (
    Progress,
    Vertex,
    VertexLog,
    VertexStatus,
    VertexWarning,
)


def _at(seconds: float) -> Timestamp:
    return Timestamp(seconds=1_000_000 + int(seconds), nanos=round(seconds % 1 * 1e9))


def _step(
    name: str = "[2/4] RUN make", end: float | None = None, *, cached: bool = False, error: str = ""
) -> Progress:
    vertex = Vertex(digest=name, name=name, started=_at(0), cached=cached, error=error)
    if end is not None:
        vertex.completed.CopyFrom(_at(end))
    return Progress(vertexes=[vertex])


def _log(text: bytes, stream: int = 1) -> Progress:
    log = VertexLog(vertex="[2/4] RUN make", msg=text, stream=stream, timestamp=_at(0.1234))
    return Progress(logs=[log])


def _told(trace: Trace, *pieces: Progress) -> str:
    return b"".join(line for piece in pieces for _, line in trace.lines(piece)).decode()


def test_step_is_told_from_start_to_end() -> None:
    told = _told(Trace(), _step(), _step(), _log(b"cc main.c\n"), _step(end=1.26))

    assert told == "#1 [2/4] RUN make\n#1 0.123 cc main.c\n#1 DONE 1.3s\n"


def test_waiting_step_is_not_told_but_numbered() -> None:
    waiting = Progress(vertexes=[Vertex(digest="later", name="later")])

    told = _told(Trace(), waiting, _step())

    assert told == "#2 [2/4] RUN make\n"


def test_cached_step_is_told_as_such() -> None:
    told = _told(Trace(), _step(end=0, cached=True))

    assert told == "#1 [2/4] RUN make\n#1 CACHED\n"


def test_end_is_told_once() -> None:
    assert _told(Trace(), _step(end=1), _step(end=1)).count("DONE") == 1


def test_failed_step_is_remembered_with_its_exit_code() -> None:
    trace = Trace()
    error = 'process "/bin/sh -c make" did not complete successfully: exit code: 2'

    told = _told(trace, _step(end=1, error=error))

    assert f"#1 ERROR: {error}\n" in told
    assert trace.failed_step == FailedStep(name="[2/4] RUN make", exit_code=2)


def test_step_that_was_cancelled_beside_it_is_not_the_failed_one() -> None:
    trace = Trace()

    _told(
        trace, _step("beside", end=1, error="context canceled"), _step(end=1, error="no such file")
    )

    assert trace.failed_step == FailedStep(name="[2/4] RUN make", exit_code=None)


def test_pieces_of_lines_are_put_together() -> None:
    trace = Trace()

    told = _told(trace, _step(), _log(b"a"), _log(b"b\r\nc"), _log(b"d"), _step(end=1))

    assert told == "#1 [2/4] RUN make\n#1 0.123 ab\n#1 DONE 1.0s\n"
    assert list(trace.rest()) == [(OutputStream.STDOUT, b"#1 cd\n")]


def test_every_line_of_a_message_has_number_and_time() -> None:
    told = _told(Trace(), _step(), _log(b"a\r\n\nb\rc\r\n"))

    assert told == "#1 [2/4] RUN make\n#1 0.123 a\n#1 0.123 \n#1 0.123 b\rc\n"


def test_line_that_goes_on_after_the_end_of_its_step_stays_whole() -> None:
    trace = Trace()

    told = _told(trace, _step(), _log(b"81"), _step(end=1), _log(b"22\n"))

    assert told == "#1 [2/4] RUN make\n#1 DONE 1.0s\n#1 0.123 8122\n"
    assert list(trace.rest()) == []


def test_error_output_goes_its_own_way() -> None:
    trace = Trace()
    _told(trace, _step())

    lines = list(trace.lines(_log(b"oops\n", stream=2)))

    assert lines == [(OutputStream.STDERR, b"#1 0.123 oops\n")]


def test_output_of_an_unknown_step_is_dropped() -> None:
    assert _told(Trace(), _log(b"whose?\n")) == ""


def test_parts_are_told_at_their_end_and_once() -> None:
    part = VertexStatus(id="layers", vertex="[2/4] RUN make", started=_at(0))
    ended = VertexStatus()
    ended.CopyFrom(part)
    ended.completed.CopyFrom(_at(0.3))

    told = _told(
        Trace(),
        _step(),
        Progress(statuses=[part]),
        Progress(statuses=[ended]),
        Progress(statuses=[ended]),
    )

    assert told == "#1 [2/4] RUN make\n#1 layers 0.3s done\n"


def test_warning_is_told() -> None:
    warning = VertexWarning(vertex="[2/4] RUN make", short=b"MAINTAINER is deprecated")

    assert "#1 WARN: MAINTAINER is deprecated\n" in _told(
        Trace(), _step(), Progress(warnings=[warning])
    )


_AROUND = (
    _step("[internal] load build context", end=1),
    _step("[1/4] FROM docker.io/library/alpine", end=1),
    _step("[build 1/2] FROM docker.io/library/alpine", end=1),
    _step("exporting to image", end=1),
)
_CACHED = _step("[3/4] COPY . .", end=1, cached=True)
_DONE = _step("[build 2/2] RUN make", end=1)


@pytest.mark.parametrize(
    ("steps", "use"),
    [
        ((), CacheUse.FULL),
        ((_CACHED,), CacheUse.FULL),
        ((_CACHED, _DONE), CacheUse.PARTIAL),
        ((_DONE,), CacheUse.NONE),
    ],
)
def test_use_of_the_cache_is_that_of_the_instructions(
    steps: tuple[Progress, ...], use: CacheUse
) -> None:
    trace = Trace()

    _told(trace, *_AROUND, *steps)

    assert trace.cache_use is use


def test_vertices_are_observed_from_start_to_end() -> None:
    events: list[BuildEvent] = []
    trace = Trace(events.append)

    _told(trace, _step(), _step(), _step(end=1.5), _step("[3/4] COPY . .", end=2, cached=True))
    _told(trace, _step("[4/4] RUN exit 1", end=3, error="exit code: 1"))

    begun = VertexProgress(number=1, name="[2/4] RUN make", started_ns=_at(0).ToNanoseconds())
    assert events[:2] == [begun, replace(begun, completed_ns=_at(1.5).ToNanoseconds())]
    told = [
        (each.number, each.completed_ns is None, each.cached, each.error)
        for each in events
        if isinstance(each, VertexProgress)
    ]
    assert told[2:] == [
        (2, True, False, ""),
        (2, False, True, ""),
        (3, True, False, ""),
        (3, False, False, "exit code: 1"),
    ]


@pytest.mark.parametrize(
    ("line", "clipped"),
    [
        (b"[output clipped, log limit 1MiB reached]", True),
        (b"[output clipped, log speed 100KiB/s reached]", True),
        (b"[output clipped, log limit 1MiB reached]\nmore", True),
        (b"echo [output clipped, log limit 1MiB reached]", False),
    ],
)
def test_clipped_output_is_observed(line: bytes, clipped: bool) -> None:
    events: list[BuildEvent] = []

    _told(Trace(events.append), _step(), _log(b"a\n" + line + b"\n"))

    words = line.decode().partition("\n")[0].strip("[]")
    expected = [OutputClipped(vertex="[2/4] RUN make", words=words)] if clipped else []
    assert events[1:] == expected
