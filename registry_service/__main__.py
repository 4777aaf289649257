"""Starts the registry service: `python -m registry_service --help`."""

import sys

from freshet.rpc.addresses import InvalidAddress, parse_address
from freshet.rpc.program import fail, read_security, run_service, service_parser
from registry_service import rotation
from registry_service.errors import SealingFailed, StoreUnavailable
from registry_service.sealing_keys import KEY_FILE_NAME, KEY_VARIABLE
from registry_service.server import ServerSettings, serve

_PROG = "registry_service"
_EXAMPLES = f"""examples:
  python -m registry_service --listen unix:/run/freshet/registry.sock \\
    --state-directory /var/lib/freshet
  python -m registry_service --listen 127.0.0.1:7072 --insecure --state-directory ./state

Secrets are encrypted with the first key in {KEY_VARIABLE} (base64 of 32 bytes; older ones after
commas), else with that in {KEY_FILE_NAME} of the state directory, which is made at the first
start. `{_PROG} {rotation.COMMAND} --help` tells how to change the key.
"""


def main() -> int:
    """Serve until stopped; return 0, 1 when the state cannot be used, 2 on wrong use."""
    if sys.argv[1:2] == [rotation.COMMAND]:
        return _rotate()
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
    return run_service(_PROG, serve(settings), (StoreUnavailable,))


def _rotate() -> int:
    try:
        return rotation.main(_PROG, sys.argv[2:])
    except SealingFailed as error:
        return fail(_PROG, error, 1)


if __name__ == "__main__":
    raise SystemExit(main())
