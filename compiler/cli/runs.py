"""`freshet runs`, `freshet watch`, `freshet cancel`."""

import argparse
import json

from google.protobuf.json_format import MessageToDict

from compiler.cli.clients import CALL_LIMIT_S, runner_stub
from compiler.cli.exits import FINE
from compiler.cli.watch import make_display, watch_run
from freshet.rpc.names import RUNS
from freshet.runner.v1.run_pb2 import Run
from freshet.runner.v1.runner_service_pb2 import CancelRunRequest, GetRunRequest, ListRunsRequest


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says."""
    actions = {"runs": _list, "watch": _watch, "cancel": _cancel}
    return actions[arguments.action](arguments)


def _list(arguments: argparse.Namespace) -> int:
    with runner_stub() as stub:
        request = ListRunsRequest(page_size=arguments.limit)
        runs = stub.ListRuns(request, timeout=CALL_LIMIT_S).runs
    if arguments.format == "json":
        facts = [MessageToDict(each, preserving_proto_field_name=True) for each in runs]
        print(json.dumps(facts, indent=2))
        return FINE
    for each in runs:
        created = each.create_time.ToDatetime().isoformat(sep=" ", timespec="seconds")
        print(f"{each.name}  {created}  {_state(each):9}  {each.pipeline}")
    if not runs:
        print("no runs yet; `freshet run` makes one")
    return FINE


def _watch(arguments: argparse.Namespace) -> int:
    name = _name(arguments.name)
    with runner_stub() as stub:
        found = stub.GetRun(GetRunRequest(name=name), timeout=CALL_LIMIT_S).run
        return watch_run(stub, name, make_display(arguments, found.plan), own=False)


def _cancel(arguments: argparse.Namespace) -> int:
    with runner_stub() as stub:
        request = CancelRunRequest(name=_name(arguments.name))
        found = stub.CancelRun(request, timeout=CALL_LIMIT_S).run
    print(f"{found.name}: {_state(found)}")
    return FINE


def _name(text: str) -> str:
    """Return the name of a run, which people may give without `runs/`."""
    return text if "/" in text else RUNS.name(text)


def _state(found: Run) -> str:
    return Run.State.Name(found.state).removeprefix("STATE_").lower()
