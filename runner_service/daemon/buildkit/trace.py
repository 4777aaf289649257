"""Tells a build's progress in lines, as `docker build --progress=plain` does; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from google.protobuf.timestamp_pb2 import Timestamp

from runner_service.daemon.buildkit.wire_pb2 import Progress, Vertex, VertexLog, VertexStatus
from runner_service.daemon.port import (
    BuildObserver,
    CacheUse,
    OutputClipped,
    OutputSink,
    OutputStream,
    VertexProgress,
)

_STEP = re.compile(r"\[(?!internal\])[^\]]*\] (?!FROM )", re.IGNORECASE)
"""Name of a step that stands for an instruction which does something."""
_EXIT_CODE = re.compile(r"exit code: (\d+)")
_FOLLOWS_ANOTHER = "context canceled"
_STDERR = 2
_CLIPPING = b"[output clipped, "
_CLIPPED = re.compile(rb"^\[(output clipped, log (?:limit|speed) \S+ reached)\]$", re.MULTILINE)
"""As BuildKit writes it into the output of a vertex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedStep:
    """The step that made a build fail."""

    name: str
    exit_code: int | None


@dataclass(slots=True, kw_only=True)
class _Shown:
    """What was told of a step."""

    number: int
    name: str
    started: int = 0
    """Nanoseconds since the epoch; 0: not yet."""
    announced: bool = False
    ended: bool = False
    unfinished: dict[int, bytes] = field(default_factory=dict)
    """Beginnings of lines, by stream."""


Line = tuple[OutputStream, bytes]
"""A line, or several, and where they go."""


class Trace:
    """Listens to one build."""

    def __init__(self, observe: BuildObserver = lambda event: None) -> None:
        """Tell `observe` of vertices and clipped output."""
        self.failed_step: FailedStep | None = None
        self._steps: dict[str, _Shown] = {}
        self._ended_parts: set[tuple[str, str]] = set()
        self._observe = observe
        self._cached_count = 0
        self._done_count = 0

    @property
    def cache_use(self) -> CacheUse:
        """How much of the instructions so far came from the cache."""
        if not self._done_count:
            return CacheUse.FULL
        return CacheUse.PARTIAL if self._cached_count else CacheUse.NONE

    def lines(self, progress: Progress) -> Iterator[Line]:
        """Yield what there is to tell in whole lines."""
        for vertex in progress.vertexes:
            yield from self._begin(vertex)
        for status in progress.statuses:
            yield from self._part(status)
        for log in progress.logs:
            yield from self._output(log)
        for warning in progress.warnings:
            yield self._line(warning.vertex, b"WARN: " + warning.short)
        for vertex in progress.vertexes:
            yield from self._end(vertex)

    def rest(self) -> Iterator[Line]:
        """Yield what ended without the end of a line; the build is over.

        Not at the end of the step: output may come after it, and go on with the line.
        """
        for digest in self._steps:
            yield from self._unfinished(digest)

    def _begin(self, vertex: Vertex) -> Iterator[Line]:
        shown = self._steps.get(vertex.digest)
        if shown is None:
            number = len(self._steps) + 1
            shown = self._steps[vertex.digest] = _Shown(number=number, name=vertex.name)
        if not vertex.HasField("started"):
            return
        shown.started = vertex.started.ToNanoseconds()
        if not shown.announced:
            shown.announced = True
            self._tell(vertex, ended=False)
            yield self._line(vertex.digest, vertex.name.encode())

    def _end(self, vertex: Vertex) -> Iterator[Line]:
        shown = self._steps[vertex.digest]
        if shown.ended or not vertex.HasField("completed"):
            return
        shown.ended = True
        if vertex.error:
            self._fail(vertex)
            yield self._line(vertex.digest, f"ERROR: {vertex.error}".encode())
        elif vertex.cached:
            yield self._line(vertex.digest, b"CACHED")
        else:
            duration = _seconds(shown.started, vertex.completed)
            yield self._line(vertex.digest, f"DONE {duration:.1f}s".encode())
        if _STEP.match(vertex.name):
            self._cached_count += vertex.cached
            self._done_count += not vertex.cached
        self._tell(vertex, ended=True)

    def _tell(self, vertex: Vertex, *, ended: bool) -> None:
        shown = self._steps[vertex.digest]
        self._observe(
            VertexProgress(
                number=shown.number,
                name=vertex.name,
                started_ns=shown.started or vertex.completed.ToNanoseconds(),
                completed_ns=vertex.completed.ToNanoseconds() if ended else None,
                cached=ended and vertex.cached,
                error=vertex.error if ended else "",
            )
        )

    def _fail(self, vertex: Vertex) -> None:
        # Steps that run beside the failed one are cancelled, and may be heard of earlier.
        if self.failed_step is None and _FOLLOWS_ANOTHER not in vertex.error:
            found = _EXIT_CODE.search(vertex.error)
            code = int(found[1]) if found else None
            self.failed_step = FailedStep(name=vertex.name, exit_code=code)

    def _part(self, status: VertexStatus) -> Iterator[Line]:
        key = (status.vertex, status.id)
        if status.HasField("completed") and key not in self._ended_parts:
            self._ended_parts.add(key)
            duration = _seconds(status.started.ToNanoseconds(), status.completed)
            spent = f" {duration:.1f}s" if duration >= 0.05 else ""
            yield self._line(status.vertex, f"{status.id}{spent} done".encode())

    def _output(self, log: VertexLog) -> Iterator[Line]:
        shown = self._steps.get(log.vertex)
        if shown is None:
            return
        text = shown.unfinished.pop(log.stream, b"") + log.msg
        whole, end, rest = text.rpartition(b"\n")
        if rest:
            shown.unfinished[log.stream] = rest
        if not end:
            return
        if _CLIPPING in whole:  # found much faster than the pattern
            for clipped in _CLIPPED.finditer(whole):
                self._observe(OutputClipped(vertex=shown.name, words=clipped[1].decode()))
        # Not line by line: there may be thousands, and everything beside waits meanwhile.
        begin = f"#{shown.number} {_seconds(shown.started, log.timestamp):.3f} ".encode()
        lines = whole.replace(b"\r\n", b"\n").removesuffix(b"\r")
        yield _sink(log.stream), begin + lines.replace(b"\n", b"\n" + begin) + end

    def _unfinished(self, digest: str) -> Iterator[Line]:
        shown = self._steps[digest]
        for stream, text in shown.unfinished.items():
            yield self._line(digest, text, stream)
        shown.unfinished.clear()

    def _line(self, digest: str, text: bytes, stream: int = 1) -> Line:
        shown = self._steps.get(digest)
        number = f"#{shown.number} ".encode() if shown else b""
        return _sink(stream), number + text + b"\n"


def _sink(stream: int) -> OutputStream:
    return OutputStream.STDERR if stream == _STDERR else OutputStream.STDOUT


def tell(lines: Iterator[Line], output: OutputSink) -> None:
    """Give lines to `output`, those of one stream at once."""
    for stream, group in groupby(lines, key=itemgetter(0)):
        output(stream, b"".join(text for _, text in group))


def _seconds(start_ns: int, end: Timestamp) -> float:
    """Return the time between, which is never negative."""
    return max(0, end.ToNanoseconds() - start_ns) / 1e9 if start_ns else 0.0
