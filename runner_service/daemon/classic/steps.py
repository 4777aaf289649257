"""Tells a classic build's progress as BuildKit's is told, in lines and as vertices; pure."""

import re
import time
from collections.abc import Callable, Iterator

from runner_service.daemon.port import BuildObserver, CacheUse, VertexProgress

_STEP = re.compile(r"Step (?P<number>\d+)/(?P<count>\d+) : (?P<text>.*)", re.DOTALL)
_ARROW = " ---> "
_CACHED = f"{_ARROW}Using cache"
_QUIET = ("Removing intermediate container ", _ARROW, "Successfully built ", "Successfully tagged ")
_EXIT_CODE = re.compile(r"returned a non-zero code: (\d+)")
_LONGEST_NAME = 1000


class Steps:
    """Listens to one build."""

    def __init__(self, observe: BuildObserver, now_ns: Callable[[], int] = time.time_ns) -> None:
        """Tell `observe` of each step; `now_ns` is the clock."""
        self._observe = observe
        self._now_ns = now_ns
        self._current: VertexProgress | None = None
        self._cached = False
        self._cached_count = 0
        self._done_count = 0
        self._line = ""

    @property
    def cache_use(self) -> CacheUse:
        """How much of the instructions so far came from the cache."""
        if not self._done_count:
            return CacheUse.FULL
        return CacheUse.PARTIAL if self._cached_count else CacheUse.NONE

    @property
    def current(self) -> str | None:
        """Name of the step that is being carried out."""
        return self._current.name if self._current else None

    def lines(self, stream: str) -> Iterator[bytes]:
        """Yield what there is to tell of a piece of the daemon's output."""
        *whole, self._line = (self._line + stream).split("\n")
        for text in whole:
            yield from self._whole(text.rstrip("\r"))

    def end(self, error: str = "") -> Iterator[bytes]:
        """Yield the end of what is going on; the build has ended."""
        if self._line:
            yield from self._whole(self._line)
        self._line = ""
        yield from self._end(error)

    def _whole(self, text: str) -> Iterator[bytes]:
        if begun := _STEP.fullmatch(text):
            yield from self._end("")
            yield from self._begin(begun)
        elif text == _CACHED:
            self._cached = True
        elif text and not text.startswith(_QUIET):
            yield self._told(text)

    def _begin(self, begun: "re.Match[str]") -> Iterator[bytes]:
        name = f"[{begun['number']}/{begun['count']}] {begun['text']}"
        self._cached = False
        self._current = VertexProgress(
            number=int(begun["number"]), name=name[:_LONGEST_NAME], started_ns=self._now_ns()
        )
        self._observe(self._current)
        yield self._told(name)

    def _end(self, error: str) -> Iterator[bytes]:
        step, self._current = self._current, None
        if step is None:
            return
        ended = VertexProgress(
            number=step.number,
            name=step.name,
            started_ns=step.started_ns,
            completed_ns=self._now_ns(),
            cached=self._cached,
            error=error[:_LONGEST_NAME],
        )
        if "] FROM " not in step.name:
            self._cached_count += self._cached
            self._done_count += not self._cached
        self._observe(ended)
        how = f"ERROR: {error}" if error else "CACHED" if self._cached else "DONE"
        yield f"#{step.number} {how}\n".encode()

    def _told(self, text: str) -> bytes:
        number = f"#{self._current.number} " if self._current else ""
        return f"{number}{text}\n".encode()


def exit_code(words: str) -> int | None:
    """Return the exit code that the daemon's words hold."""
    found = _EXIT_CODE.search(words)
    return int(found[1]) if found else None
