"""`freshet run`: compiles a pipeline, gives the plan to the runner, and follows the run."""

import argparse
import sys
import uuid

from compiler.cli.clients import CALL_LIMIT_S, runner_stub
from compiler.cli.exits import FINDINGS, FINE, RUN_FAILED, RUN_STOPPED
from compiler.cli.pipeline import Pipeline, compile_and_report, read_pipeline
from compiler.cli.watch import Display, Follower, JsonDisplay, TextDisplay
from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1 import runner_service_pb2 as messages
from freshet.runner.v1.run_pb2 import Run, Workspace
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub

_EXITS = {
    Run.STATE_SUCCEEDED: FINE,
    Run.STATE_FAILED: RUN_FAILED,
    Run.STATE_CANCELLED: RUN_STOPPED,
    Run.STATE_TERMINATED: RUN_STOPPED,
}


def run(arguments: argparse.Namespace) -> int:
    """Run a pipeline; the exit code tells how the run ended."""
    pipeline = read_pipeline(arguments)
    compiled = compile_and_report(pipeline)
    plan = compiled.plan
    if plan is None:
        return FINDINGS
    request = _request(arguments, pipeline, plan)
    request.secrets.update(compiled.secrets)
    with runner_stub() as stub:
        created = stub.CreateRun(request, timeout=CALL_LIMIT_S).run
        if arguments.detach:
            print(created.name)
            return FINE
        return _EXITS[_watch(stub, created.name, _display(arguments, plan)).state]


def _request(
    arguments: argparse.Namespace, pipeline: Pipeline, plan: Plan
) -> messages.CreateRunRequest:
    variables = pipeline.variables
    return messages.CreateRunRequest(
        plan=plan,
        variables={**variables.known, **variables.secret},
        secret_variable_names=sorted(variables.secret),
        workspace=Workspace(local_directory=str(pipeline.checkout.directory)),
        pipeline=pipeline.name,
        options=messages.RunOptions(layer_cache_disabled=arguments.no_cache),
        request_id=str(uuid.uuid4()),
    )


def _display(arguments: argparse.Namespace, plan: Plan) -> Display:
    if arguments.format == "json":
        return JsonDisplay()
    titles = {step.id: step.display_name or step.id for step in plan.steps}
    return TextDisplay(titles, colour=sys.stdout.isatty())


def _watch(stub: RunnerServiceStub, name: str, display: Display) -> Run:
    """Follow a run to its end; the first Ctrl-C asks it to stop, the second leaves."""
    events = Follower(stub, name)
    interrupted = False
    while True:
        try:
            for event in events:
                display.show(event)
            break
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            print(f"freshet: stopping {name}; press Ctrl-C again to leave it", file=sys.stderr)
            stub.CancelRun(messages.CancelRunRequest(name=name), timeout=CALL_LIMIT_S)
    finished = stub.GetRun(messages.GetRunRequest(name=name), timeout=CALL_LIMIT_S).run
    display.finish(finished)
    return finished
