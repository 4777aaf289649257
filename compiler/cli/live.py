"""Shows a run on a terminal: output scrolls by, and below it stands what is going on.

The block below is made of plain control sequences: a library for it would have to be handed each
line of output, of which there may be millions.
"""

from __future__ import annotations

import sys
import threading
import time

from compiler.cli.display import TextDisplay
from freshet.runner.v1.run_pb2 import Run, RunEvent, StepRun

_INTERVAL_S = 0.2
_TAIL_BYTES = 16 * 1024
"""Longer lines are shown in parts."""
_FRAMES = "|/-\\"
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_CLEAR_BELOW = "\x1b[J"
_MOST_LINES = 8


class LiveDisplay(TextDisplay):
    """Lines for people, and a block that tells which steps run and for how long."""

    def __init__(self, titles: dict[str, str], *, colour: bool, own: bool) -> None:
        """Show steps by `titles`, by their ids; `own` tells that Ctrl-C stops the run."""
        super().__init__(titles, colour=colour)
        self._hint = "Ctrl-C stops the run" if own else "Ctrl-C leaves it"
        self._lock = threading.RLock()
        self._running: dict[str, float] = {}
        """When steps began, by their ids."""
        self._ended_count = 0
        self._tail = b""
        """The begin of a line, which waits for its end."""
        self._block_height = 0
        self._closed = threading.Event()
        self._clock = threading.Thread(target=self._tick, name="display", daemon=True)
        self._clock.start()

    def show(self, event: RunEvent) -> None:
        """Print one event above the block."""
        with self._lock:
            if event.HasField("step_run"):
                self._note(event.step_run)
            super().show(event)

    def finish(self, run: Run) -> None:
        """Print what came of the run in place of the block."""
        self.close()
        super().finish(run)

    def tell(self, text: str) -> None:
        """Tell in place of the block, which comes again below it."""
        with self._lock:
            self._put(self._erase())
            super().tell(text)

    def close(self) -> None:
        """Remove the block."""
        self._closed.set()
        self._clock.join()
        with self._lock:
            self._put(self._erase() + self._tail)
            self._tail, self._line_open = b"", bool(self._tail)
            super().close()

    def _note(self, step_run: StepRun) -> None:
        if step_run.state == StepRun.STATE_RUNNING:
            self._running.setdefault(step_run.step_id, time.monotonic())
            return
        self._running.pop(step_run.step_id, None)
        self._ended_count += step_run.state != StepRun.STATE_PENDING

    def _write(self, data: bytes) -> None:
        if self._closed.is_set():
            super()._write(data)
            return
        whole, newline, self._tail = (self._tail + data).rpartition(b"\n")
        if len(self._tail) > _TAIL_BYTES:
            whole, newline, self._tail = whole + newline + self._tail, b"\n", b""
        self._line_open = bool(self._tail)
        if newline:
            self._put(self._erase() + whole + newline)

    def _tick(self) -> None:
        """Draw the block now and then; it is not there right after output."""
        while not self._closed.wait(_INTERVAL_S):
            with self._lock:
                self._put(self._erase() + self._block())

    def _block(self) -> bytes:
        now = time.monotonic()
        frame = _FRAMES[int(now / _INTERVAL_S) % len(_FRAMES)]
        lines = [
            f"{frame} {self._titles.get(step_id, step_id)}  {now - begin:.0f} s"
            for step_id, begin in list(self._running.items())[:_MOST_LINES]
        ]
        done = f"{self._ended_count} of {len(self._titles)} steps done"
        lines.append(f"{done}, {len(self._running)} running; {self._hint}")
        self._block_height = len(lines)
        text = "".join(f"{line}\r\n" for line in lines)
        return f"{_NO_WRAP}{text}{_WRAP}".encode(errors="replace")

    def _erase(self) -> bytes:
        height, self._block_height = self._block_height, 0
        return f"\x1b[{height}A\r{_CLEAR_BELOW}".encode() if height else b""

    def _put(self, data: bytes) -> None:
        if data:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
