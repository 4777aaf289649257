"""`freshet run`: compiles a pipeline, gives the plan to the runner, and follows the run."""

import argparse
import uuid

from compiler.cli.clients import CALL_LIMIT_S, runner_reads_this_disk, runner_stub
from compiler.cli.exits import FINDINGS, FINE
from compiler.cli.pipeline import Pipeline, compile_and_report, read_pipeline
from compiler.cli.service_registries import ServiceRegistries
from compiler.cli.upload import upload_workspace
from compiler.cli.watch import make_display, watch_run
from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1 import runner_service_pb2 as messages


def run(arguments: argparse.Namespace) -> int:
    """Run a pipeline; the exit code tells how the run ended."""
    pipeline = read_pipeline(arguments)
    compiled = compile_and_report(arguments, pipeline, ServiceRegistries())
    plan = compiled.plan
    if plan is None:
        return FINDINGS
    request = _request(arguments, pipeline, plan)
    request.secrets.update(compiled.secrets)
    with runner_stub() as stub:
        directory = pipeline.checkout.directory
        if arguments.upload or not runner_reads_this_disk():
            request.workspace.CopyFrom(upload_workspace(stub, directory))
        else:
            request.workspace.local_directory = str(directory)
        created = stub.CreateRun(request, timeout=CALL_LIMIT_S).run
        if arguments.detach:
            print(created.name)
            return FINE
        display = make_display(arguments, plan, own=True)
        return watch_run(stub, created.name, display, own=True)


def _request(
    arguments: argparse.Namespace, pipeline: Pipeline, plan: Plan
) -> messages.CreateRunRequest:
    variables = pipeline.variables
    return messages.CreateRunRequest(
        plan=plan,
        variables={**variables.known, **variables.secret},
        secret_variable_names=sorted(variables.secret),
        pipeline=pipeline.name,
        options=messages.RunOptions(layer_cache_disabled=arguments.no_cache),
        request_id=str(uuid.uuid4()),
    )
