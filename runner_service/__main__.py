"""Starts the runner service: `python -m runner_service --help`."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from freshet.rpc.addresses import InvalidAddress, parse_address
from freshet.rpc.connect import Endpoint
from freshet.rpc.serve import AddressInUse, Security
from runner_service.daemon.errors import DaemonUnavailable
from runner_service.errors import StoreUnavailable
from runner_service.server import Settings, serve

_DOCKER_HOST = "unix:///var/run/docker.sock"
_EXAMPLES = """examples:
  python -m runner_service --listen unix:/run/freshet/runner.sock \\
    --registry-service unix:/run/freshet/registry.sock --state-directory /var/lib/freshet
  python -m runner_service --listen 127.0.0.1:7071 --insecure --state-directory ./state \\
    --registry-service unix:/run/freshet/registry.sock
"""


def main() -> int:
    """Serve until stopped; return 0, 1 when the state cannot be used, 2 on wrong use."""
    arguments = _parser().parse_args()
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells each of its plugins
    try:
        asyncio.run(serve(_settings(arguments)))
    except (InvalidAddress, AddressInUse) as error:
        print(f"runner_service: {error}", file=sys.stderr)
        return 2
    except (StoreUnavailable, DaemonUnavailable, OSError) as error:
        print(f"runner_service: {error}", file=sys.stderr)
        return 1
    return 0


def _settings(arguments: argparse.Namespace) -> Settings:
    token_file: Path | None = arguments.token_file
    return Settings(
        address=parse_address(arguments.listen),
        security=Security(
            certificate=arguments.certificate,
            private_key=arguments.private_key,
            client_authority=arguments.client_authority,
            token=token_file.read_text(encoding="utf-8").strip() if token_file else None,
            insecure=arguments.insecure,
        ),
        registry_endpoint=Endpoint(address=parse_address(arguments.registry_service)),
        state_directory=arguments.state_directory.absolute(),
        docker_host=arguments.docker_host,
        parallel_runs=arguments.parallel_runs,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="runner_service",
        description="Executes plans on a Docker daemon.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--listen", required=True, help="`unix:/path` or `host:port`")
    add("--registry-service", required=True, help="address of the registry service")
    add("--state-directory", required=True, type=Path, help="where runs are kept")
    add(
        "--docker-host",
        default=os.environ.get("DOCKER_HOST") or _DOCKER_HOST,
        help=f"the Docker daemon (DOCKER_HOST, else {_DOCKER_HOST})",
    )
    add("--parallel-runs", type=int, default=4, help="how many runs at a time (4)")
    add("--certificate", type=Path, help="PEM certificate for TCP")
    add("--private-key", type=Path, help="PEM private key for TCP")
    add("--client-authority", type=Path, help="PEM authorities of client certificates")
    add("--token-file", type=Path, help="file with the token that callers send")
    add("--insecure", action="store_true", help="plain TCP without token, on loopback alone")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
