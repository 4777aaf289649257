"""What an operation sees of its run, and how it tells what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from freshet.plan.v1.plan_pb2 import Step
from freshet.runner.v1 import run_pb2
from freshet.runner.v1.run_pb2 import BuildProgress, OperationRun, PushedImage, RunNotice, StepRun
from runner_service.daemon.port import Daemon, OutputStream
from runner_service.gate import Gate
from runner_service.journal import Journal, output_chunk
from runner_service.limits import DEFAULT_LIMITS, Limits
from runner_service.mask import Mask, MaskedStream
from runner_service.provenance import (
    Material,
    Origin,
    materials_of,
    pulled_image,
    source_of,
    statement,
)
from runner_service.registries import Registries
from runner_service.transfers import Transfers
from runner_service.values import Values
from runner_service.variables import step_variables
from runner_service.workspace import Workspace

_LONGEST_NAME = 1000
"""The name of a part of a build holds the whole of its instruction, which may be a script."""
_STREAMS: dict[OutputStream, run_pb2.OutputStream.ValueType] = {
    OutputStream.STDOUT: run_pb2.OUTPUT_STREAM_STDOUT,
    OutputStream.STDERR: run_pb2.OUTPUT_STREAM_STDERR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What all steps of a run share."""

    journal: Journal
    daemon: Daemon
    registries: Registries
    variables: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    """By `store/key`."""
    mask: Mask
    workspace: Workspace
    transfers: Transfers = field(default_factory=Transfers)
    """Shared by all runs."""
    layer_cache_disabled: bool = False
    ssh_agent: Path | None = None
    """Socket of the agent that builds may use; None: there is none."""
    limits: Limits = DEFAULT_LIMITS
    """Of each operation."""
    gate: Gate = field(default_factory=Gate)
    """Operations begin while it is open."""

    def values(self, step: Step, attempt: int) -> Values:
        """Return what fills the holes of a step; `attempt` counts from 1."""
        own = step_variables(step.id, attempt, step.retry_policy.max_attempt_count)
        return Values(self.journal, {**self.variables, **own}, self.secrets)


class OperationContext:
    """One attempt of one operation."""

    def __init__(self, run: RunContext, step: Step, operation_index: int, attempt: int) -> None:
        """Speak for operation `operation_index` of `step`; `attempt` counts from 1."""
        self.run = run
        self.step = step
        self.values = run.values(step, attempt)
        self._place = (step.id, operation_index, attempt)
        self.on_output: Callable[[], None] = lambda: None
        """Called whenever there is output, before it is passed on."""
        self.materials: list[Material] | None = None
        """What the build has pulled so far; None: the builder does not tell."""
        self._masked = {stream: MaskedStream(run.mask) for stream in OutputStream}

    @property
    def step_run(self) -> StepRun:
        """The state of the step."""
        return self.run.journal.step_run(self.step.id)

    @property
    def operation_run(self) -> OperationRun:
        """The state of the operation."""
        return self.step_run.operation_runs[self._place[1]]

    def write(self, stream: OutputStream, data: bytes) -> None:
        """Pass output of the daemon on to the watchers, without secrets."""
        self.on_output()
        self._emit(stream, self._masked[stream].feed(data))

    def say(self, line: str) -> None:
        """Write one line of our own to the output."""
        self.write(OutputStream.STDERR, f"{line}\n".encode())

    def flush(self) -> None:
        """Write what was held back; the operation has ended."""
        for stream, masked in self._masked.items():
            self._emit(stream, masked.flush())

    def warn(self, reason: str, message: str, help: str = "") -> None:
        """Tell the user something that does not stop the step and is probably not wanted."""
        self._notice(RunNotice.SEVERITY_WARNING, reason, message, help)

    def info(self, reason: str, message: str) -> None:
        """Tell the user something that is good to know."""
        self._notice(RunNotice.SEVERITY_INFO, reason, message, "")

    def show_progress(self, progress: BuildProgress) -> None:
        """Tell the user how far a part of a build is; where it belongs is filled in here."""
        progress.step_id, progress.operation_index, progress.attempt = self._place
        self.materials = self.materials or []
        if material := pulled_image(progress.name):
            self.materials.append(material)
        progress.name, progress.error = self.shorten(progress.name), self.shorten(progress.error)
        self.run.journal.build_progress(progress)

    def shorten(self, text: str) -> str:
        """Return `text` without secrets, and cut only then: half a secret would not be found."""
        shown = self.run.mask.hide_text(text)
        return shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]}…"

    def tell(self, **members: str) -> None:
        """Note what the step tells about itself, for `${{steps.<name>.<member>}}`."""
        self.run.journal.tell(self.step.id, members, self.run.mask.hide_text)

    def provenance(self, repository: str, digest: str) -> bytes:
        """Return where a pushed image comes from; nothing for one that no step of this run built.

        `digest` is that of the manifest.
        """
        source = self.step.operations[self._place[1]].push.image
        if source.WhichOneof("source") != "step_id":
            return b""
        run, variables = self.run.journal.run, self.run.variables
        built = self.run.journal.step_run(source.step_id)
        url = variables.get("CF_COMMIT_URL", "")
        origin = Origin(
            run=run.name,
            pipeline=run.pipeline,
            step_id=source.step_id,
            plan=run.plan,
            variable_names=tuple(variables),
            source=source_of(run.workspace.archive, url, variables.get("CF_REVISION", "")),
            materials=materials_of(built),
            started=built.start_time.ToJsonString(),
        )
        return self.run.mask.hide(statement(repository, digest, origin))

    def pushed(self, image: PushedImage) -> None:
        """Note a tag that is in the registry now."""
        image.repository = self.run.mask.hide_text(image.repository)
        image.tag = self.run.mask.hide_text(image.tag)
        self.run.journal.pushed(self._place[0], self._place[1], image)

    def _notice(
        self, severity: RunNotice.Severity.ValueType, reason: str, message: str, help: str
    ) -> None:
        hide = self.run.mask.hide_text
        self.run.journal.notice(
            RunNotice(
                step_id=self.step.id,
                severity=severity,
                reason=reason,
                message=hide(message),
                help=hide(help),
            )
        )

    def _emit(self, stream: OutputStream, data: bytes) -> None:
        if data:
            self.run.journal.log(output_chunk(*self._place, _STREAMS[stream], data))
