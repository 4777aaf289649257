"""`freshet audit`."""

import argparse
import json
from collections.abc import Iterator
from itertools import islice

from google.protobuf.json_format import MessageToDict

from compiler.cli.clients import CALL_LIMIT_S, access_stub
from compiler.cli.exits import FINE, WRONG_USE, CommandError
from freshet.registry.v1.access_pb2 import AuditEntry
from freshet.registry.v1.access_service_pb2 import ListAuditEntriesRequest
from freshet.registry.v1.access_service_pb2_grpc import AccessServiceStub

_MAX_PAGE = 1000


def run(arguments: argparse.Namespace) -> int:
    """Print what callers did, newest first."""
    if arguments.limit < 1:
        raise CommandError(WRONG_USE, f"--limit is {arguments.limit}, expected 1 or more")
    with access_stub() as stub:
        entries = list(islice(_entries(stub, arguments.limit), arguments.limit))
    if arguments.format == "json":
        facts = [MessageToDict(entry, preserving_proto_field_name=True) for entry in entries]
        print(json.dumps(facts, indent=2))
        return FINE
    for entry in entries:
        time = entry.event_time.ToDatetime().isoformat(sep=" ", timespec="seconds")
        print(f"{time}  {entry.outcome:22}  {entry.method:24}  {entry.caller}  {entry.resource}")
    if not entries:
        print("nothing was done yet")
    return FINE


def _entries(stub: AccessServiceStub, limit: int) -> Iterator[AuditEntry]:
    request = ListAuditEntriesRequest(page_size=min(limit, _MAX_PAGE))
    while True:
        page = stub.ListAuditEntries(request, timeout=CALL_LIMIT_S)
        yield from page.audit_entries
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
