"""Starts the registry service: `python -m registry_service --help`."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from freshet.rpc.addresses import InvalidAddress, parse_address
from freshet.rpc.serve import AddressInUse, Security
from registry_service.errors import SealingFailed, StoreUnavailable
from registry_service.sealing import KEY_FILE_NAME, KEY_VARIABLE
from registry_service.server import ServerSettings, serve

_EXAMPLES = f"""examples:
  python -m registry_service --listen unix:/run/freshet/registry.sock \\
    --state-directory /var/lib/freshet
  python -m registry_service --listen 127.0.0.1:7072 --insecure --state-directory ./state

Secrets are encrypted with the key in {KEY_VARIABLE} (base64 of 32 bytes), else with that in
{KEY_FILE_NAME} of the state directory, which is made at the first start.
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
        print(f"registry_service: {error}", file=sys.stderr)
        return 2
    except (StoreUnavailable, SealingFailed, OSError) as error:
        print(f"registry_service: {error}", file=sys.stderr)
        return 1
    return 0


def _settings(arguments: argparse.Namespace) -> ServerSettings:
    token_file: Path | None = arguments.token_file
    return ServerSettings(
        address=parse_address(arguments.listen),
        security=Security(
            certificate=arguments.certificate,
            private_key=arguments.private_key,
            client_authority=arguments.client_authority,
            token=token_file.read_text(encoding="utf-8").strip() if token_file else None,
            insecure=arguments.insecure,
        ),
        state_directory=arguments.state_directory.absolute(),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="registry_service",
        description="Knows the Docker registries and how to log in to them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--listen", required=True, help="`unix:/path` or `host:port`")
    add("--state-directory", required=True, type=Path, help="where registries are kept")
    add("--certificate", type=Path, help="PEM certificate for TCP")
    add("--private-key", type=Path, help="PEM private key for TCP")
    add("--client-authority", type=Path, help="PEM authorities of client certificates")
    add("--token-file", type=Path, help="file with the token that callers send")
    add("--insecure", action="store_true", help="plain TCP without token, on loopback alone")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
