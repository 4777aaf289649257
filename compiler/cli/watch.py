"""Follows a run to its end."""

from __future__ import annotations

import argparse
import sys

from compiler.cli.clients import CALL_LIMIT_S
from compiler.cli.display import Display, JsonDisplay, TextDisplay
from compiler.cli.exits import FINE, RUN_FAILED, RUN_STOPPED
from compiler.cli.follower import AWAY_LIMIT_S, Follower
from compiler.cli.interrupts import Interrupts
from compiler.cli.terminal import can_be_redrawn, wants_colour
from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1.run_pb2 import Run
from freshet.runner.v1.runner_service_pb2 import CancelRunRequest, GetRunRequest
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub

_CANCEL_LIMIT_S = 10.0
_EXITS = {
    Run.STATE_SUCCEEDED: FINE,
    Run.STATE_FAILED: RUN_FAILED,
    Run.STATE_CANCELLED: RUN_STOPPED,
    Run.STATE_TERMINATED: RUN_STOPPED,
}


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
    def tell_wait() -> None:
        display.tell(f"the runner is away; waiting up to {AWAY_LIMIT_S:g} s for it")

    events = Follower(stub, name, on_answer=interrupts.check, on_away=tell_wait)
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
