"""The pipeline as the user wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.language.parts import Hook, ServiceSet, SuccessCriteria
from compiler.language.steps import ParallelStep, Step
from compiler.language.values import Flag, Text
from compiler.record import Record


class Pipeline(Record):
    """The whole file. A field that was not written is None or empty."""

    steps: tuple[Step, ...]
    unread_steps: frozenset[str] = frozenset()
    """Names of steps with mistakes of form, so that nobody calls them unknown."""
    stages: tuple[Text, ...] = ()
    mode: Text | None = None
    fail_fast: Flag | None = None
    strict_fail_fast: Flag | None = None
    success_criteria: SuccessCriteria | None = None
    hooks: tuple[Hook, ...] = ()
    services: ServiceSet | None = None

    @property
    def is_parallel(self) -> bool:
        """Whether steps start as soon as their conditions hold, in no order."""
        return self.mode is not None and self.mode.text == "parallel"


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield steps and the members of blocks, in the order of the source."""
    for step in steps:
        yield step
        if isinstance(step, ParallelStep):
            yield from every_step(step.steps)
