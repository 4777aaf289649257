"""Processes by number and time of start, so that a number used again is not mistaken."""

import os
import select
import signal
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_ENDED = ("Z", "X")
"""States of a process that nobody has noticed yet, and of one that is just being removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of this machine, running or gone."""

    pid: int
    started: int
    """Ticks after boot; field 22 of proc(5) `stat`."""

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """Return the process that has the number `pid` now; none if it has ended."""
        fields = _stat(pid)
        running = fields and fields[0] not in _ENDED
        return cls(pid=pid, started=int(fields[19])) if running else None

    def is_running(self) -> bool:
        """Tell whether this very process still runs."""
        return Process.of(self.pid) == self

    def descendants(self) -> list["Process"]:
        """Return the processes that it started and that these started, parents first."""
        below: dict[int, list[Process]] = {}
        for pid in (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()):
            fields, process = _stat(pid), Process.of(pid)
            if fields and process:
                below.setdefault(int(fields[1]), []).append(process)
        found = list(below.get(self.pid, []))
        for process in found:
            found += below.get(process.pid, [])
        return found

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended or its number is another's by now."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.is_running():
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)

    def wait(self, timeout_s: float) -> bool:
        """Wait until the process has ended; tell whether it has."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if self.is_running():
                poll = select.poll()
                poll.register(handle, select.POLLIN)
                poll.poll(timeout_s * 1000)
        finally:
            os.close(handle)
        return not self.is_running()


def _stat(pid: int) -> list[str]:
    """Return the fields of `stat` after the command's name; none if there is no such process."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
