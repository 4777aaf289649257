"""`freshet runs …`, and the short forms `freshet watch` and `freshet cancel`."""

import argparse
import json
import sys
from collections.abc import Iterator

from google.protobuf.json_format import MessageToDict

from compiler.cli.clients import CALL_LIMIT_S, runner_stub
from compiler.cli.display import failure_text
from compiler.cli.exits import FINE, WRONG_USE, CommandError
from compiler.cli.follower import Follower
from compiler.cli.summary import duration, pushed_images, state_word, summary_lines
from compiler.cli.watch import make_display, step_titles, watch_run
from freshet.rpc.names import RUNS
from freshet.runner.v1.run_pb2 import LogChunk, Run
from freshet.runner.v1.runner_service_pb2 import (
    CancelRunRequest,
    DeleteRunRequest,
    GetRunRequest,
    ListRunsRequest,
)
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub

_MOST_OF_A_PAGE = 1000


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says."""
    actions = {
        "runs": _list,
        "list": _list,
        "show": _show,
        "watch": _watch,
        "cancel": _cancel,
        "logs": _logs,
        "delete": _delete,
        "provenance": _provenance,
    }
    with runner_stub() as stub:
        return actions[arguments.action](stub, arguments)


def _list(stub: RunnerServiceStub, arguments: argparse.Namespace) -> int:
    if arguments.limit < 1:
        raise CommandError(WRONG_USE, f"--limit: {arguments.limit} is no number from 1")
    runs = list(_newest(stub, arguments.limit, arguments.pipeline))
    if arguments.format == "json":
        print(json.dumps([_facts(each) for each in runs], indent=2))
        return FINE
    for each in runs:
        created = each.create_time.ToDatetime().isoformat(sep=" ", timespec="seconds")
        print(f"{each.name}  {created}  {state_word(each):9}  {duration(each):9}  {each.pipeline}")
    if not runs:
        print("no runs yet; `freshet run` makes one")
    return FINE


def _newest(stub: RunnerServiceStub, limit: int, pipeline: str) -> Iterator[Run]:
    token = ""
    while limit > 0:
        request = ListRunsRequest(
            page_size=min(limit, _MOST_OF_A_PAGE), page_token=token, pipeline=pipeline
        )
        page = stub.ListRuns(request, timeout=CALL_LIMIT_S)
        yield from page.runs
        limit -= len(page.runs)
        token = page.next_page_token
        if not token:
            return


def _show(stub: RunnerServiceStub, arguments: argparse.Namespace) -> int:
    found = _get(stub, arguments.name)
    if arguments.format == "json":
        print(json.dumps(_facts(found), indent=2))
        return FINE
    print(f"{found.name}  {state_word(found)}  {found.pipeline}")
    for line in summary_lines(found, step_titles(found.plan)):
        print(line)
    if found.HasField("failure"):
        print(failure_text(found.failure))
    return FINE


def _watch(stub: RunnerServiceStub, arguments: argparse.Namespace) -> int:
    found = _get(stub, arguments.name)
    return watch_run(stub, found.name, make_display(arguments, found.plan, own=False), own=False)


def _cancel(stub: RunnerServiceStub, arguments: argparse.Namespace) -> int:
    request = CancelRunRequest(name=_name(arguments.name))
    found = stub.CancelRun(request, timeout=CALL_LIMIT_S).run
    if arguments.format == "json":
        print(json.dumps(_facts(found), indent=2))
    else:
        print(f"{found.name}: {state_word(found)}")
    return FINE


def _logs(stub: RunnerServiceStub, arguments: argparse.Namespace) -> int:
    found = _get(stub, arguments.name)
    steps = [step_run.step_id for step_run in found.step_runs]
    if arguments.step and arguments.step not in steps:
        raise CommandError(
            WRONG_USE, f'"{arguments.step}" is no step of {found.name}: {", ".join(steps)}'
        )
    last = sys.maxsize if arguments.follow else found.last_event_sequence
    for event in Follower(stub, found.name) if last else ():
        chunk = event.log_chunk
        if event.HasField("log_chunk") and arguments.step in ("", chunk.step_id):
            _print_chunk(chunk, as_json=arguments.format == "json")
        if event.sequence >= last:
            break
    return FINE


def _print_chunk(chunk: LogChunk, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(MessageToDict(chunk, preserving_proto_field_name=True)), flush=True)
        return
    sys.stdout.buffer.write(chunk.data)
    sys.stdout.buffer.flush()


def _provenance(stub: RunnerServiceStub, arguments: argparse.Namespace) -> int:
    found = _get(stub, arguments.name)
    images = [image for step_run in found.step_runs for image in pushed_images(step_run)]
    for statement in dict.fromkeys(image.provenance for image in images if image.provenance):
        told = json.loads(statement)
        print(json.dumps(told, indent=2 if arguments.format == "text" else None))
    return FINE


def _delete(stub: RunnerServiceStub, arguments: argparse.Namespace) -> int:
    names = [_name(text) for text in arguments.names]
    for name in names:
        stub.DeleteRun(DeleteRunRequest(name=name), timeout=CALL_LIMIT_S)
        if arguments.format == "text":
            print(f"{name}: deleted")
    if arguments.format == "json":
        print(json.dumps(names))
    return FINE


def _get(stub: RunnerServiceStub, text: str) -> Run:
    return stub.GetRun(GetRunRequest(name=_name(text)), timeout=CALL_LIMIT_S).run


def _name(text: str) -> str:
    """Return the name of a run, which people may give without `runs/`."""
    return text if "/" in text else RUNS.name(text)


def _facts(found: Run) -> dict[str, object]:
    """Return a run as JSON has it, without the plan."""
    found.ClearField("plan")
    return MessageToDict(found, preserving_proto_field_name=True)
