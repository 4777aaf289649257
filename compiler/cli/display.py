"""Shows what happens in a run, as lines for people or as JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import Protocol

from google.protobuf.json_format import MessageToDict

from compiler.cli.summary import state_word, step_word, summary_lines
from freshet.runner.v1.run_pb2 import (
    Failure,
    Run,
    RunEvent,
    RunNotice,
    StepRun,
)


class Display(Protocol):
    """Shows the events of a run."""

    def show(self, event: RunEvent) -> None:
        """Show one event."""

    def finish(self, run: Run) -> None:
        """Show what came of the run."""

    def tell(self, text: str) -> None:
        """Tell what this command does, beside the events."""

    def close(self) -> None:
        """Leave the terminal as it was, however the run is left."""


class JsonDisplay:
    """One JSON object a line: the events as the contract has them, then the run."""

    def show(self, event: RunEvent) -> None:
        """Print one event."""
        self._print({"event": MessageToDict(event, preserving_proto_field_name=True)})

    def finish(self, run: Run) -> None:
        """Print the run without its plan."""
        run.ClearField("plan")
        self._print({"run": MessageToDict(run, preserving_proto_field_name=True)})

    def tell(self, text: str) -> None:
        """Print to standard error."""
        print(f"freshet: {text}", file=sys.stderr)

    def close(self) -> None:
        """Do nothing."""

    def _print(self, value: object) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)


class TextDisplay:
    """Lines for people. Output of steps goes to standard output as it was written."""

    def __init__(self, titles: dict[str, str], *, colour: bool) -> None:
        """Show steps by `titles`, by their ids; use `colour` on a terminal."""
        self._titles = titles
        self._colour = colour
        self._states: dict[str, StepRun.State.ValueType] = {}
        self._line_open = False

    def show(self, event: RunEvent) -> None:
        """Print one event."""
        match event.WhichOneof("event"):
            case "log_chunk":
                self._write(event.log_chunk.data)
            case "step_run":
                self._show_step(event.step_run)
            case "notice":
                self._show_notice(event.notice)
            case _:
                pass  # pushed images and the end of the run are told by `finish`

    def finish(self, run: Run) -> None:
        """Print what came of each step, where images were pushed, and how the run ended."""
        for line in summary_lines(run, self._titles):
            self._line(line)
        seconds = (run.end_time.ToMilliseconds() - run.create_time.ToMilliseconds()) / 1000
        good = run.state == Run.STATE_SUCCEEDED
        self._line(self._paint(f"{run.name} {state_word(run)} in {seconds:.1f} s", good))
        if run.HasField("failure"):
            self._line(failure_text(run.failure))

    def tell(self, text: str) -> None:
        """Print to standard error."""
        print(f"freshet: {text}", file=sys.stderr)

    def close(self) -> None:
        """End the line that is open, if one is."""
        if self._line_open:
            self._write(b"\n")

    def _show_step(self, step_run: StepRun) -> None:
        before = self._states.get(step_run.step_id)
        self._states[step_run.step_id] = step_run.state
        if before == step_run.state:
            return
        title = self._titles.get(step_run.step_id, step_run.step_id)
        match step_run.state:
            case StepRun.STATE_RUNNING:
                self._line(f"== {title}")
            case StepRun.STATE_SUCCEEDED:
                self._line(self._paint(f"== {title}: succeeded", True))
            case StepRun.STATE_FAILED:
                self._line(self._paint(f"== {title}: failed", False))
                self._line(failure_text(step_run.failure))
            case _:
                self._line(f"== {title}: {step_word(step_run)}")

    def _show_notice(self, notice: RunNotice) -> None:
        warning = notice.severity == RunNotice.SEVERITY_WARNING
        self._line(f"{'warning' if warning else 'note'}: {notice.message}")
        if notice.help:
            self._line(f"  help: {notice.help}")

    def _paint(self, text: str, good: bool) -> str:
        return f"\x1b[{32 if good else 31}m{text}\x1b[0m" if self._colour else text

    def _line(self, text: str) -> None:
        if self._line_open:
            self._write(b"\n")
        self._write(f"{text}\n".encode(errors="replace"))

    def _write(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        self._line_open = not data.endswith(b"\n")


def failure_text(failure: Failure) -> str:
    """Return why something failed, and what to do about it."""
    help_line = f"\n  help: {failure.help}" if failure.help else ""
    return f"error: {failure.message}{help_line}"
