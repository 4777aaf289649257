"""A PostgreSQL server for tests: unpacked beside the system, stopped and killed at will."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.errors import MachineUnsuitable, StartFailed
from tests.engine.folder import state_folder
from tests.engine.kit import Kit, fetch
from tests.engine.packages import POSTGRESQL_PARTS
from tests.engine.process import Process

URL_VARIABLE = "FRESHET_TEST_POSTGRES_URL"
_USER = "freshet"
_NOBODY = 65534
_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 30.0
_LOOK_AGAIN_S = 0.02
_SETTINGS = (
    "jit = off",
    "max_connections = 60",
    "shared_buffers = 16MB",
    "log_min_messages = warning",
)


@dataclass(slots=True, kw_only=True)
class PostgresServer:
    """One server on a loopback port; its data outlive stops and kills, not `remove`."""

    kit: Kit
    folder: Path
    port: int
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database on it."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers; after a kill it recovers first.

        Raises:
            StartFailed: it ended, or took too long.
        """
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen(
                self._command("postgres", "-D", str(self._data)),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _START_LIMIT_S
        while not self._answers():
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = (self.folder / "log").read_text(errors="replace").splitlines()[-12:]
                raise StartFailed("\n".join(["PostgreSQL did not start", *tail]))
            time.sleep(_LOOK_AGAIN_S)

    def stop(self) -> None:
        """Stop it as an administrator does who does not wait for clients."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End all its processes at once, as a crash does."""
        if self._child is None:
            return
        family = [found for found in [Process.of(self._child.pid)] if found]
        family += [below for process in family for below in process.descendants()]
        for process in family:
            process.send(signal.SIGKILL)
        for process in family[1:]:
            process.wait(_STOP_LIMIT_S)
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.kill()
        shutil.rmtree(self.folder)

    def initialise(self) -> None:
        """Make the data folder.

        Raises:
            StartFailed: with what initdb said.
        """
        arguments = ["-D", str(self._data), "-U", _USER, "--auth=trust", "--no-sync"]
        arguments += ["--encoding=UTF8", "--locale=C"]
        done = subprocess.run(
            self._command("initdb", *arguments),
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartFailed(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        settings = [
            *_SETTINGS,
            "listen_addresses = '127.0.0.1'",
            f"port = {self.port}",
            f"unix_socket_directories = '{self.folder}'",
        ]
        with (self._data / "postgresql.conf").open("a") as file:
            file.write("\n".join([*settings, ""]))

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "LC_ALL": "C",
            "PATH": os.environ["PATH"],
            "LD_LIBRARY_PATH": self.kit.library_path("postgresql"),
        }

    def _command(self, program: str, *arguments: str) -> list[str]:
        path = str(self.kit.root / "postgresql/usr/lib/postgresql/15/bin" / program)
        if os.getuid() != 0:
            return [path, *arguments]
        # PostgreSQL refuses to run as root. In a user namespace root has another number there,
        # and may still read the kit and own the data. The parent's death ends it in any case.
        mapped = ["unshare", "--user", f"--map-user={_NOBODY}", "--"]
        return ["setpriv", "--pdeathsig", "KILL", *mapped, path, *arguments]

    def _answers(self) -> bool:
        ready = self._command("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port))
        return subprocess.run(ready, env=self._environment, check=False).returncode == 0

    def _end(self, number: signal.Signals) -> None:
        if self._child is None:
            return
        self._child.send_signal(number)
        self._child.wait(_STOP_LIMIT_S)
        self._child = None


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server of its own for as long as the context lasts.

    Raises:
        EngineError: the packages cannot be had, or it does not start.
    """
    if os.environ.get(URL_VARIABLE):
        raise MachineUnsuitable(
            f"this test stops and kills its server, and {URL_VARIABLE} names one that it must not "
            "touch; unset the variable on a Debian system"
        )
    kit = fetch_postgresql()
    folder = Path(tempfile.mkdtemp(prefix="freshet-postgresql-"))
    server = PostgresServer(kit=kit, folder=folder, port=_free_port())
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.remove()


def fetch_postgresql() -> Kit:
    """Return the kit with PostgreSQL, fetched first if it is not there yet.

    Raises:
        EngineError: the packages cannot be had, with what to do instead.
    """
    try:
        return fetch(state_folder(), POSTGRESQL_PARTS)
    except MachineUnsuitable as error:
        raise MachineUnsuitable(
            "the tests need a PostgreSQL, and this is no Debian system that they could unpack one "
            f"on; name one where they may make databases: {URL_VARIABLE}=postgresql://…"
        ) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
