"""The command line that the services have in common: addresses, protection, exit codes."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path

from freshet.rpc.addresses import InvalidAddress
from freshet.rpc.serve import AddressInUse, Security


def service_parser(prog: str, description: str, examples: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every service has."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--listen", required=True, help="`unix:/path` or `host:port`")
    add("--state-directory", required=True, type=Path, help="where the service keeps its state")
    add("--certificate", type=Path, help="PEM certificate for TCP")
    add("--private-key", type=Path, help="PEM private key for TCP")
    add("--client-authority", type=Path, help="PEM authorities of client certificates")
    add("--token-file", type=Path, help="file with the token that callers send")
    add("--insecure", action="store_true", help="plain TCP without token, on loopback alone")
    return parser


def read_security(arguments: argparse.Namespace) -> Security:
    """Return the protection that the options of `service_parser` ask for."""
    token_file: Path | None = arguments.token_file
    return Security(
        certificate=arguments.certificate,
        private_key=arguments.private_key,
        client_authority=arguments.client_authority,
        token=token_file.read_text(encoding="utf-8").strip() if token_file else None,
        insecure=arguments.insecure,
    )


def run_service(
    prog: str, serving: Coroutine[None, None, None], failures: tuple[type[Exception], ...]
) -> int:
    """Serve until stopped and return the exit code.

    0: stopped; 1: one of `failures`, or the disk fails; 2: the address cannot be used.
    """
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells each of its plugins
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells each address, tokens included
    try:
        asyncio.run(serving)
    except (InvalidAddress, AddressInUse) as error:
        return fail(prog, error, 2)
    except failures as error:
        return fail(prog, error, 1)
    except OSError as error:
        return fail(prog, error, 1)
    return 0


def fail(prog: str, error: Exception, exit_code: int) -> int:
    """Tell an error in one line and return the exit code."""
    print(f"{prog}: {error}", file=sys.stderr)
    return exit_code
