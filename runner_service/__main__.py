"""Starts the runner service: `python -m runner_service --help`."""

import os

from freshet.rpc.configuration import read_settings
from freshet.rpc.program import fail, run_service
from freshet.rpc.settings import InvalidSetting, Program
from runner_service.daemon.errors import DaemonUnavailable
from runner_service.errors import StoreUnavailable
from runner_service.server import Settings, serve
from runner_service.settings import DOCKER_HOST, RunnerSettings

_PROGRAM = Program(
    name="runner_service",
    prefix="FRESHET_RUNNER",
    description="Executes plans on a Docker daemon.",
    epilog="""examples:
  python -m runner_service --listen unix:/run/freshet/runner.sock \\
    --registry-service unix:/run/freshet/registry.sock --state-directory /var/lib/freshet
  python -m runner_service --config /etc/freshet/runner.toml --print-config

Runs go on where they were when the runner is started again, also after it was killed. Several
runners may share a PostgreSQL; each executes the runs that it was asked for. The password comes
from PGPASSFILE or PGPASSWORD, or stands in the URL that the file or FRESHET_RUNNER_DATABASE gives.
""",
    table=RunnerSettings,
)


def main() -> int:
    """Serve until stopped; return 0, 1 when state or daemon cannot be used, 2 on wrong use."""
    try:
        given = read_settings(_PROGRAM)
        settings = Settings(
            address=given.listen,
            security=given.security(),
            registry_endpoint=given.registry_endpoint(),
            state_directory=given.state_directory,
            docker_host=given.docker_host or os.environ.get("DOCKER_HOST") or DOCKER_HOST,
            ssh_agent=given.ssh_agent_socket(),
            parallel_runs=given.parallel_runs,
            metrics=given.metrics,
            database=given.database,
            retention=given.retention(),
            limits=given.limits(),
            drain_s=float(given.drain_seconds),
            workspace_roots=given.workspace_roots,
            archive_limits=given.archive_limits(),
        )
    except InvalidSetting as error:
        return fail(_PROGRAM.name, error, 2)
    return run_service(_PROGRAM.name, given, serve(settings), (StoreUnavailable, DaemonUnavailable))


if __name__ == "__main__":
    raise SystemExit(main())
