"""Stubs of the services that the command line speaks to.

`FRESHET_REGISTRY_SERVICE` and `FRESHET_RUNNER_SERVICE` give addresses of services elsewhere
(`host:port`). `FRESHET_TOKEN` is the token they want; `FRESHET_CA` is a file with the authorities
of their certificates, `FRESHET_CERTIFICATE` and `FRESHET_PRIVATE_KEY` are files with those of the
client. Without addresses the services of this machine serve, and are started when needed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from compiler.cli.embedded import ensure_running, local_services
from compiler.cli.exits import FINDINGS, UNREACHABLE, CommandError
from freshet.registry.v1.access_service_pb2_grpc import AccessServiceStub
from freshet.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from freshet.rpc.addresses import InvalidAddress, parse_address
from freshet.rpc.connect import Endpoint, open_channel
from freshet.rpc.status import RpcFailure, read_failure
from freshet.runner.v1.runner_service_pb2_grpc import RunnerServiceStub

CALL_LIMIT_S = 60.0
"""Longest wait for the answer to one call."""
_UNREACHABLE_REASONS = frozenset({"DAEMON_UNAVAILABLE", "STORE_UNAVAILABLE"})


@contextmanager
def registry_stub() -> Iterator[RegistryServiceStub]:
    """Open a stub of the registry service; failed calls become `CommandError`."""
    with _channel("registry") as channel:
        yield RegistryServiceStub(channel)


@contextmanager
def access_stub() -> Iterator[AccessServiceStub]:
    """Open a stub of the registry service's tokens and audit log; as `registry_stub`."""
    with _channel("registry") as channel:
        yield AccessServiceStub(channel)


@contextmanager
def runner_stub() -> Iterator[RunnerServiceStub]:
    """Open a stub of the runner service; failed calls become `CommandError`."""
    with _channel("runner") as channel:
        yield RunnerServiceStub(channel)


def runner_reads_this_disk() -> bool:
    """Return whether the runner service is reached over a Unix socket, so on this machine."""
    endpoint = _remote_endpoint("runner")
    return endpoint is None or endpoint.address.socket_path is not None


@contextmanager
def _channel(name: str) -> Iterator[grpc.Channel]:
    endpoint = _remote_endpoint(name)
    if endpoint is None:
        registry, runner = local_services()
        service = registry if name == "registry" else runner
        # The runner asks the registry service, never the other way round.
        ensure_running((registry,) if service is registry else (registry, runner))
        endpoint = Endpoint(address=parse_address(service.address))
    with open_channel(endpoint) as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            raise command_error(read_failure(error), endpoint) from error


def _remote_endpoint(name: str) -> Endpoint | None:
    variable = f"FRESHET_{name.upper()}_SERVICE"
    text = os.environ.get(variable)
    if not text:
        return None
    try:
        address = parse_address(text)
    except InvalidAddress as error:
        raise CommandError(UNREACHABLE, f"{variable}: {error}") from error
    return Endpoint(
        address=address,
        authority=_path("FRESHET_CA"),
        token=os.environ.get("FRESHET_TOKEN") or None,
        certificate=_path("FRESHET_CERTIFICATE"),
        private_key=_path("FRESHET_PRIVATE_KEY"),
    )


def _path(variable: str) -> Path | None:
    text = os.environ.get(variable)
    return Path(text) if text else None


def command_error(failure: RpcFailure, endpoint: Endpoint | None = None) -> CommandError:
    """Return how the command ends after a failed call."""
    if failure.code is grpc.StatusCode.UNAVAILABLE and not failure.reason:
        where = f" at {endpoint.address.target}" if endpoint else ""
        return CommandError(
            UNREACHABLE,
            f"the service{where} cannot be reached: {failure.message}",
            "`freshet status` tells more; `freshet up` starts the services of this machine",
        )
    unreachable = failure.reason in _UNREACHABLE_REASONS
    return CommandError(
        UNREACHABLE if unreachable else FINDINGS, failure.message, failure.metadata.get("help", "")
    )
