"""`freshet up`, `freshet down`, `freshet status`."""

import argparse
import json
from typing import TypedDict

from compiler.cli.embedded import ensure_running, local_services, state_directory, stop
from compiler.cli.exits import FINE, UNREACHABLE


def run(arguments: argparse.Namespace) -> int:
    """Start, stop or describe the services of this machine."""
    actions = {"up": _up, "down": _down, "status": _status}
    return actions[arguments.action](arguments)


def _up(_arguments: argparse.Namespace) -> int:
    started = {service.name for service in ensure_running(local_services())}
    for service in local_services():
        word = "started" if service.name in started else "already running"
        print(f"{service.name} service: {word} at {service.address} (process {service.pid()})")
    return FINE


def _down(_arguments: argparse.Namespace) -> int:
    for service in reversed(local_services()):  # the runner asks the registry service: it first
        word = "stopped" if stop(service) else "was not running"
        print(f"{service.name} service: {word}")
    return FINE


class _ServiceFacts(TypedDict):
    name: str
    address: str
    running: bool
    pid: int | None
    log: str


class _Daemon(TypedDict):
    address: str
    available: bool
    message: str
    version: str
    image_store: str
    platform: str


class _Facts(TypedDict):
    state_directory: str
    services: list[_ServiceFacts]
    daemon: _Daemon | None


def _status(arguments: argparse.Namespace) -> int:
    facts = _facts()
    if arguments.format == "json":
        print(json.dumps(facts, indent=2))
    else:
        _print(facts)
    daemon = facts["daemon"]
    return FINE if daemon and daemon["available"] else UNREACHABLE


def _facts() -> _Facts:
    services: list[_ServiceFacts] = []
    for service in local_services():
        pid = service.pid()
        services.append(
            _ServiceFacts(
                name=service.name,
                address=service.address,
                running=pid is not None,
                pid=pid,
                log=str(service.log),
            )
        )
    runner_is_up = services[1]["running"]
    return _Facts(
        state_directory=str(state_directory()),
        services=services,
        daemon=_daemon() if runner_is_up else None,
    )


def _daemon() -> _Daemon:
    from compiler.cli.clients import CALL_LIMIT_S, runner_stub
    from freshet.runner.v1.runner_service_pb2 import GetRunnerRequest

    with runner_stub() as stub:
        runner = stub.GetRunner(GetRunnerRequest(), timeout=CALL_LIMIT_S).runner
    return _Daemon(
        address=runner.daemon_address,
        available=runner.daemon_available,
        message=runner.daemon_message,
        version=runner.daemon_version,
        image_store=runner.image_store,
        platform=runner.platform,
    )


def _print(facts: _Facts) -> None:
    for service in facts["services"]:
        state = f"running (process {service['pid']})" if service["running"] else "not running"
        print(f"{service['name']} service: {state}, {service['address']}")
    daemon = facts["daemon"]
    if daemon is None:
        print("docker daemon: not asked, since the runner service does not run (`freshet up`)")
    elif daemon["available"]:
        print(
            f"docker daemon: {daemon['version']}, {daemon['platform']}, image store "
            f"{daemon['image_store']}, {daemon['address']}"
        )
    else:
        print(f"docker daemon: {daemon['message']}")
    print(f"state: {facts['state_directory']}")
