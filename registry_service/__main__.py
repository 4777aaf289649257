"""Starts the registry service: `python -m registry_service --help`."""

from freshet.rpc.addresses import InvalidAddress, parse_address
from freshet.rpc.program import fail, read_security, run_service, service_parser
from registry_service.errors import SealingFailed, StoreUnavailable
from registry_service.sealing import KEY_FILE_NAME, KEY_VARIABLE
from registry_service.server import ServerSettings, serve

_PROG = "registry_service"
_EXAMPLES = f"""examples:
  python -m registry_service --listen unix:/run/freshet/registry.sock \\
    --state-directory /var/lib/freshet
  python -m registry_service --listen 127.0.0.1:7072 --insecure --state-directory ./state

Secrets are encrypted with the key in {KEY_VARIABLE} (base64 of 32 bytes), else with that in
{KEY_FILE_NAME} of the state directory, which is made at the first start.
"""


def main() -> int:
    """Serve until stopped; return 0, 1 when the state cannot be used, 2 on wrong use."""
    parser = service_parser(
        _PROG, "Knows the Docker registries and how to log in to them.", _EXAMPLES
    )
    arguments = parser.parse_args()
    try:
        settings = ServerSettings(
            address=parse_address(arguments.listen),
            security=read_security(arguments),
            state_directory=arguments.state_directory.absolute(),
        )
    except (InvalidAddress, OSError) as error:
        return fail(_PROG, error, 2)
    return run_service(_PROG, serve(settings), (StoreUnavailable, SealingFailed))


if __name__ == "__main__":
    raise SystemExit(main())
