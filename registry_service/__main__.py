"""Starts the registry service: `python -m registry_service --help`."""

import sys

from freshet.rpc.configuration import read_settings
from freshet.rpc.program import fail, run_service
from freshet.rpc.settings import InvalidSetting, Program
from registry_service import rotation
from registry_service.access.records import Retention
from registry_service.errors import SealingFailed, StoreUnavailable
from registry_service.sealing_keys import KEY_FILE_NAME, KEY_VARIABLE
from registry_service.server import ServerSettings, serve
from registry_service.settings import RegistrySettings

_PROG = "registry_service"
PROGRAM = Program(
    name=_PROG,
    prefix="FRESHET_REGISTRY",
    description="Knows the Docker registries and how to log in to them.",
    epilog=f"""examples:
  python -m registry_service --listen unix:/run/freshet/registry.sock \\
    --state-directory /var/lib/freshet
  python -m registry_service --listen 127.0.0.1:7072 --insecure --state-directory ./state
  python -m registry_service --config /etc/freshet/registry.toml --print-config
  python -m registry_service --listen 127.0.0.1:7072 --insecure --state-directory ./state \\
    --database postgresql://freshet@db.example.com/freshet

Secrets are encrypted with the first key in {KEY_VARIABLE} (base64 of 32 bytes; older ones after
commas), else with that in {KEY_FILE_NAME} of the state directory, which is made at the first
start. `{_PROG} {rotation.COMMAND} --help` tells how to change the key. Several services on one
PostgreSQL need the same keys.

A password of PostgreSQL comes from PGPASSFILE or PGPASSWORD, or stands in the URL that the file or
FRESHET_REGISTRY_DATABASE gives; as a flag, others could read it.
""",
    table=RegistrySettings,
)


def main() -> int:
    """Serve until stopped; return 0, 1 when the state cannot be used, 2 on wrong use."""
    if sys.argv[1:2] == [rotation.COMMAND]:
        return _rotate()
    try:
        given = read_settings(PROGRAM)
        settings = ServerSettings(
            address=given.listen,
            security=given.security(),
            state_directory=given.state_directory,
            database=given.database,
            metrics=given.metrics,
            retention=Retention(days=given.audit_days, entry_count=given.audit_entries),
        )
    except InvalidSetting as error:
        return fail(_PROG, error, 2)
    return run_service(_PROG, given, serve(settings), (StoreUnavailable,))


def _rotate() -> int:
    try:
        return rotation.main(_PROG, sys.argv[2:])
    except SealingFailed as error:
        return fail(_PROG, error, 1)


if __name__ == "__main__":
    raise SystemExit(main())
