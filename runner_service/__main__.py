"""Starts the runner service: `python -m runner_service --help`."""

import argparse
import os

from freshet.rpc.addresses import InvalidAddress, parse_address
from freshet.rpc.connect import Endpoint
from freshet.rpc.program import fail, read_security, run_service, service_parser
from runner_service.daemon.errors import DaemonUnavailable
from runner_service.errors import StoreUnavailable
from runner_service.server import Settings, serve

_PROG = "runner_service"
_DOCKER_HOST = "unix:///var/run/docker.sock"
_EXAMPLES = """examples:
  python -m runner_service --listen unix:/run/freshet/runner.sock \\
    --registry-service unix:/run/freshet/registry.sock --state-directory /var/lib/freshet
  python -m runner_service --listen 127.0.0.1:7071 --insecure --state-directory ./state \\
    --registry-service unix:/run/freshet/registry.sock
"""


def main() -> int:
    """Serve until stopped; return 0, 1 when state or daemon cannot be used, 2 on wrong use."""
    arguments = _parser().parse_args()
    try:
        settings = Settings(
            address=parse_address(arguments.listen),
            security=read_security(arguments),
            registry_endpoint=Endpoint(
                address=parse_address(arguments.registry_service), insecure=arguments.insecure
            ),
            state_directory=arguments.state_directory.absolute(),
            docker_host=arguments.docker_host,
            parallel_runs=arguments.parallel_runs,
        )
    except (InvalidAddress, OSError) as error:
        return fail(_PROG, error, 2)
    return run_service(_PROG, serve(settings), (StoreUnavailable, DaemonUnavailable))


def _parser() -> argparse.ArgumentParser:
    parser = service_parser(_PROG, "Executes plans on a Docker daemon.", _EXAMPLES)
    add = parser.add_argument
    add("--registry-service", required=True, help="address of the registry service")
    add(
        "--docker-host",
        default=os.environ.get("DOCKER_HOST") or _DOCKER_HOST,
        help=f"the Docker daemon (DOCKER_HOST, else {_DOCKER_HOST})",
    )
    add("--parallel-runs", type=int, default=4, help="how many runs at a time (4)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
