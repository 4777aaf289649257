"""The registry service, and a server that does nothing, in one process: the two that are compared.

    python -m tests.benchmarks.registry_server FOLDER

serves on the sockets `service` and `nothing` of the folder, with the folder's `registry.db`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.empty_pb2 import Empty

from freshet.database import sqlite_url
from freshet.rpc.addresses import OPTIONS, parse_address
from freshet.rpc.serve import listening
from registry_service.sealing import Sealer
from registry_service.server import service_on
from registry_service.store.sql import open_store
from tests.benchmarks.registry_fill import KEY

if TYPE_CHECKING:  # takes parameters in its stubs alone
    _Context = grpc.aio.ServicerContext[Any, Any]

NOTHING = "/freshet.benchmark.Nothing/Do"


async def main(folder: Path) -> None:
    """Serve until standard input ends."""
    store = open_store(sqlite_url(folder / "registry.db"))
    nothing = grpc.aio.server(options=OPTIONS)
    handler = grpc.unary_unary_rpc_method_handler(
        _do_nothing, Empty.FromString, Empty.SerializeToString
    )
    [service, method] = NOTHING.strip("/").split("/")
    nothing.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {method: handler}),)
    )
    nothing.add_insecure_port(f"unix:{folder}/nothing")
    await nothing.start()
    async with (
        service_on(store, Sealer(lambda: [KEY])) as registries,
        listening(registries, parse_address(f"unix:{folder}/service")),
    ):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
    await nothing.stop(None)


async def _do_nothing(_request: Empty, _context: _Context) -> Empty:
    return Empty()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
