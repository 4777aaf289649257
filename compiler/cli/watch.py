"""Follows a run to its end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

import grpc

from compiler.cli.clients import CALL_LIMIT_S
from compiler.cli.display import Display, JsonDisplay, TextDisplay
from compiler.cli.exits import FINE, RUN_FAILED, RUN_STOPPED
from compiler.cli.interrupts import Interrupts
from compiler.cli.terminal import can_be_redrawn, wants_colour
from freshet.plan.v1.plan_pb2 import Plan
from freshet.rpc.status import read_failure
from freshet.runner.v1.run_pb2 import Run, RunEvent
from freshet.runner.v1.runner_service_pb2 import CancelRunRequest, GetRunRequest, WatchRunRequest
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub

_RECONNECT_LIMIT = 5
_CANCEL_LIMIT_S = 10.0
_EXITS = {
    Run.STATE_SUCCEEDED: FINE,
    Run.STATE_FAILED: RUN_FAILED,
    Run.STATE_CANCELLED: RUN_STOPPED,
    Run.STATE_TERMINATED: RUN_STOPPED,
}


class Follower:
    """The events of a run to its end. A broken connection is taken up where it broke.

    Iterate again to go on after an exception.
    """

    def __init__(
        self, stub: RunnerServiceStub, name: str, on_answer: Callable[[], None] = lambda: None
    ) -> None:
        """Follow the run `name`; call `on_answer` for each answer, heartbeats included."""
        self._stub = stub
        self._on_answer = on_answer
        self._name = name
        self._next = 1

    def __iter__(self) -> Iterator[RunEvent]:
        """Yield the events that were not yielded before.

        Raises:
            grpc.RpcError: the service refuses, or does not come back.
        """
        failure_count = 0
        while True:
            request = WatchRunRequest(name=self._name, start_sequence=self._next)
            try:
                for response in self._stub.WatchRun(request, wait_for_ready=failure_count > 0):
                    failure_count = 0
                    self._on_answer()
                    for event in response.events:
                        self._next = event.sequence + 1
                        yield event
                return
            except grpc.RpcError as error:
                failure_count += 1
                passing = read_failure(error).code is grpc.StatusCode.UNAVAILABLE
                if not passing or failure_count > _RECONNECT_LIMIT:
                    raise


def make_display(arguments: argparse.Namespace, plan: Plan, *, own: bool) -> Display:
    """Return what shows a run of `plan`, maybe our `own`, in the form that the options ask for."""
    if arguments.format == "json":
        return JsonDisplay()
    titles = step_titles(plan)
    colour = wants_colour(sys.stdout, arguments.color)
    if can_be_redrawn(sys.stdout):
        from compiler.cli.live import LiveDisplay

        return LiveDisplay(titles, colour=colour, own=own)
    return TextDisplay(titles, colour=colour)


def step_titles(plan: Plan) -> dict[str, str]:
    """Return what people call the steps, by their ids."""
    return {step.id: step.display_name or step.id for step in plan.steps}


def watch_run(stub: RunnerServiceStub, name: str, display: Display, *, own: bool) -> int:
    """Show a run to its end and return the exit code that tells how it ended.

    When the run is our `own`, the first Ctrl-C asks it to stop and the second leaves it.
    """
    try:
        with Interrupts() as interrupts:
            _follow(stub, name, display, interrupts, own=own)
        run = stub.GetRun(GetRunRequest(name=name), timeout=CALL_LIMIT_S).run
        display.finish(run)
    except KeyboardInterrupt:
        display.close()
        display.tell(f"left {name}; `freshet runs watch {name}` shows it again")
        return RUN_STOPPED
    finally:
        display.close()
    return _EXITS[run.state]


def _follow(
    stub: RunnerServiceStub, name: str, display: Display, interrupts: Interrupts, *, own: bool
) -> None:
    events = Follower(stub, name, on_answer=interrupts.check)
    while True:
        try:
            for event in events:
                display.show(event)
            return
        except KeyboardInterrupt:
            if not own:
                raise
            own = False
            with interrupts.held():  # a second one must not keep the first from being heard
                display.tell(f"stopping {name}; press Ctrl-C again to leave it")
                stub.CancelRun(CancelRunRequest(name=name), timeout=_CANCEL_LIMIT_S)
