"""A registry service in a process of its own, and waiting for what it will show."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health_pb2

from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.rpc.addresses import parse_address
from freshet.rpc.connect import Endpoint, open_aio_channel
from registry_service.sealing_keys import KEY_VARIABLE

if TYPE_CHECKING:
    from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceAsyncStub

_KEY = base64.b64encode(b"k" * 32).decode()
_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 15.0
_LOOK_AGAIN_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryProcess:
    """A service that serves."""

    stub: RegistryServiceAsyncStub
    channel: grpc.aio.Channel
    child: subprocess.Popen[bytes]
    log: Path

    async def health(self, name: str) -> str:
        """Return what the service's health says of `name`."""
        check = self.channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        answer = await check(health_pb2.HealthCheckRequest(service=name))
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


@asynccontextmanager
async def registry_process(database: str) -> AsyncIterator[RegistryProcess]:
    """Run `python -m registry_service` on a database."""
    with tempfile.TemporaryDirectory(prefix="fr") as folder:
        log = Path(folder) / "log"
        child = _start(Path(folder), database, log)
        address = parse_address(f"unix:{folder}/s")
        try:
            async with open_aio_channel(Endpoint(address=address)) as channel:
                process = RegistryProcess(
                    stub=RegistryServiceStub(channel), channel=channel, child=child, log=log
                )
                await eventually(lambda: _serves(process), within_s=_START_LIMIT_S)
                yield process
        finally:
            child.terminate()
            child.wait(_STOP_LIMIT_S)


async def eventually(check: Callable[[], Awaitable[bool]], *, within_s: float) -> None:
    """Wait until `check` holds.

    Raises:
        AssertionError: it does not in time.
    """
    deadline = time.monotonic() + within_s
    while not await check():
        assert time.monotonic() < deadline, f"it does not hold after {within_s} s"
        await asyncio.sleep(_LOOK_AGAIN_S)


def _start(folder: Path, database: str, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "registry_service", "--listen", f"unix:{folder}/s"]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*command, "--state-directory", str(folder / "state")],
            env={**os.environ, KEY_VARIABLE: _KEY, "FRESHET_REGISTRY_DATABASE": database},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


async def _serves(process: RegistryProcess) -> bool:
    assert process.child.poll() is None, process.log.read_text()
    try:
        return await process.health("") == "SERVING"
    except grpc.RpcError:
        return False
