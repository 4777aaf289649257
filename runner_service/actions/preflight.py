"""Finds out, before anything is built, which pushes the registries will refuse.

Only what is known beforehand is tried, and only a clear no counts: a registry that cannot be asked,
or has a bad moment, is left to the push itself. TLS is no clear no: the daemon has certificates of
its own. Nor is a quota, since room may be made until then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from google.protobuf.message import Message

from freshet.plan.v1.expression_pb2 import Reference
from freshet.plan.v1.operation_pb2 import Operation
from freshet.plan.v1.plan_pb2 import Step
from freshet.runner.v1.run_pb2 import RunNotice
from runner_service.actions.destination import Destination, find_destination, other_login
from runner_service.context import OperationContext, RunContext
from runner_service.daemon.errors import FailureReason, PushFailed
from runner_service.daemon.port import OutputStream
from runner_service.errors import StepFailed
from runner_service.failures import step_failure
from runner_service.images import read_tags
from runner_service.registries import RegistriesError
from runner_service.schedule import expected_steps
from runner_service.states import DONE
from runner_service.transfers import Refusal

_LIMIT_S = 10.0
"""Of finding out where a push goes, and of asking there."""
_CLEAR = (
    FailureReason.UNAUTHORIZED,
    FailureReason.DENIED,
    FailureReason.NOT_FOUND,
    FailureReason.INVALID_REFERENCE,
)


_WHEN = "(checked before the build)"


class _Silent(OperationContext):
    """An operation that does not begin yet: what it has to tell is told when it does."""

    def write(self, stream: OutputStream, data: bytes) -> None:
        """Drop output."""

    def _notice(
        self, severity: RunNotice.Severity.ValueType, reason: str, message: str, help: str
    ) -> None:
        pass


class _Account(NamedTuple):
    """Who pushes where; asked for once in a run."""

    repository: str
    username: str
    password: str


@dataclass(slots=True)
class _Push:
    """A push that can be tried now, and what came of it."""

    step: Step
    operation: Operation
    context: OperationContext
    tag: str = ""
    """The first; empty: not known yet."""
    destination: Destination | None = None
    """None: it is left out, or it is not known where it goes."""
    failure: StepFailed | None = None

    @property
    def account(self) -> _Account | None:
        """Who pushes where, as far as it is known."""
        place = self.destination
        if place is None:
            return None
        return _Account(place.repository, place.login.username, place.login.password)


class Preflight:
    """Tries the pushes of one run, each when its place is known, each place once."""

    def __init__(self, context: RunContext) -> None:
        """Begin with nothing tried."""
        self._context = context
        self._tried: set[tuple[str, int]] = set()
        self._refusals: dict[_Account, Refusal | None] = {}

    async def refused(self, ready: Sequence[Step]) -> list[tuple[Step, StepFailed]]:
        """Return the steps that have yet to start and would end in a push that is refused.

        Those are the steps of `ready` that build and push, whose build would be for nothing, and
        those that would end the run later.
        """
        pushes = list(self._open_pushes(ready))
        await asyncio.gather(*map(self._locate, pushes))
        await self._ask(pushes)
        failures: dict[str, tuple[Step, StepFailed]] = {}
        for push in pushes:
            if failure := push.failure or self._failure(push):
                told = StepFailed(failure.reason, f"{failure.message} {_WHEN}", failure.help)
                failures.setdefault(push.step.id, (push.step, told))
        return list(failures.values())

    def _open_pushes(self, ready: Sequence[Step]) -> Iterator[_Push]:
        """Return the pushes that were not tried before and can be now."""
        run = self._context.journal.run
        untried = [step for step in run.plan.steps if self._known(step)]
        if not untried:
            return
        states = {each.step_id: each.state for each in run.step_runs}
        meant = {step.id for step in expected_steps(run.plan, states) if self._ends_run(step)}
        meant |= {step.id for step in ready if _builds(step)}
        for step in untried:
            if step.id in meant:
                for index in self._known(step):
                    self._tried.add((step.id, index))
                    context = _Silent(self._context, step, index, 1)
                    yield _Push(step, step.operations[index], context)

    def _known(self, step: Step) -> list[int]:
        """Return the indices of the pushes whose place is known now, and was not tried."""
        states = self._context.journal.step_run(step.id).operation_runs
        return [
            index
            for index, operation in enumerate(step.operations)
            if operation.HasField("push")
            and (step.id, index) not in self._tried
            and states[index].state not in DONE
            and self._place_known(operation)
        ]

    def _place_known(self, operation: Operation) -> bool:
        push = operation.push
        parts = (operation.disabled, push.deferred, push.inline, push.aws_access)
        return self._filled(parts)

    def _filled(self, messages: Iterable[Message]) -> bool:
        return all(map(self._is_known, _holes(messages)))

    def _is_known(self, hole: Reference) -> bool:
        member = hole.step_member
        of_step = hole.WhichOneof("target") == "step_member"
        return not of_step or member.member in self._context.journal.members(member.step_id)

    def _ends_run(self, step: Step) -> bool:
        flag = step.failure_rule.fail_fast
        try:
            return self._filled([flag]) and self._context.values(step, 1).flag(flag, default=True)
        except StepFailed:
            return False  # the step itself will tell

    async def _locate(self, push: _Push) -> None:
        """Find out where a push goes; what is wrong with the step itself is a clear no, too."""
        operation, values = push.operation, push.context.values
        try:
            if values.flag(operation.disabled):
                return
            if self._filled(operation.push.tags):
                push.tag = read_tags(operation.push.tags, operation.push.tag_policy, values)[0]
            async with asyncio.timeout(_LIMIT_S):
                push.destination = await find_destination(operation.push, push.context)
        except TimeoutError:
            return
        except StepFailed as failure:
            # What the registry service cannot do now it may be able to do by then.
            if not isinstance(failure.__cause__, RegistriesError):
                push.failure = failure

    async def _ask(self, pushes: Sequence[_Push]) -> None:
        """Ask the registries, all at once, what they were not asked before."""
        asked = {
            push.account: push
            for push in pushes
            if push.account is not None and push.account not in self._refusals
        }
        refusals = await asyncio.gather(*map(_refusal, asked.values()))
        self._refusals |= zip(asked, refusals, strict=True)

    def _failure(self, push: _Push) -> StepFailed | None:
        refusal = self._refusals[push.account] if push.account else None
        if refusal is None:
            return None
        assert push.account is not None
        reference = ":".join(filter(None, (push.account.repository, push.tag)))
        return step_failure(PushFailed(reference, refusal.words, refusal.reason))


def _builds(step: Step) -> bool:
    return any(operation.HasField("build") for operation in step.operations)


def _holes(messages: Iterable[Message]) -> Iterator[Reference]:
    """Return all holes in messages, however deep."""
    for message in messages:
        if isinstance(message, Reference):
            yield message
            continue
        for descriptor, value in message.ListFields():
            if descriptor.message_type:
                yield from _holes([value] if isinstance(value, Message) else value)


async def _refusal(push: _Push) -> Refusal | None:
    """Ask one registry; None: it lets the account push, or it is not known."""
    destination = push.destination
    assert destination is not None
    try:
        async with asyncio.timeout(_LIMIT_S):
            refusal = await _asked(destination, push.context)
            if refusal and refusal.reason is FailureReason.UNAUTHORIZED:
                other = await other_login(destination, push.context)
                refusal = await _asked(other, push.context) if other else refusal
    except (TimeoutError, StepFailed):
        return None
    return refusal if refusal and refusal.reason in _CLEAR else None


async def _asked(destination: Destination, context: OperationContext) -> Refusal | None:
    async with context.run.transfers.remotes.open(destination.login) as remote:
        try:
            await remote.check_push(destination.path)
        except Refusal as refusal:
            return refusal
    return None
