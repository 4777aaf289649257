"""What tests and the demo hold in their hands: one running environment."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.engine.client import MANIFEST_TYPES, Answer, RegistryClient
from tests.engine.control import ask
from tests.engine.description import Description
from tests.engine.faults import Faults
from tests.engine.folder import locked
from tests.engine.kinds import EXTERNAL, engine_of
from tests.engine.kit import Kit
from tests.engine.layout import Layout
from tests.engine.process import Process
from tests.engine.reach import dial_here, dial_into
from tests.engine.registries import TOKEN, Account, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A real Docker daemon with real registries around it."""

    layout: Layout
    description: Description
    holder: Process
    """Holds the environment's network and /etc; with the user's own daemon, the attendant."""

    @property
    def kind(self) -> str:
        """Name of the engine, one of `KINDS` or `EXTERNAL`."""
        return self.description.kind

    @property
    def docker_host(self) -> str:
        """Where dockerd listens; a Unix socket can be used from inside and outside."""
        return self.description.docker_host

    @property
    def registries(self) -> MappingProxyType[str, Registry]:
        """The registries by name: `open`, `fault`, `basic`, `token`, `tls`, `hub`."""
        return MappingProxyType({one.name: one for one in self.description.registries})

    @property
    def is_private(self) -> bool:
        """Whether it has a network and processes of its own, apart from the machine's."""
        return self.kind != EXTERNAL

    @property
    def process_one(self) -> Process | None:
        """Process 1 of the environment, numbered from outside: its end is the end of all."""
        if not self.is_private:
            return self.holder
        # The holder waits for unshare, and unshare for process 1.
        return next(iter(self.holder.descendants()[1:2]), None)

    @property
    def base_image(self) -> str:
        """A small image with a shell that this daemon can pull without logging in."""
        if self.is_private or not self.description.kit:
            return "alpine:3.20"
        return f"{self.registries[TOKEN].domain}/public/alpine:3.20"

    @property
    def docker_log(self) -> Path:
        """What dockerd said; empty where the daemon is the user's own."""
        return self.layout.docker_log

    def command(self, command: list[str], directory: Path | None = None) -> list[str]:
        """Return `command` so that it runs inside the environment, in `directory`.

        None means this process's working directory.

        It sees the environment's network and /etc, and the machine's processes and other files;
        the returned command becomes `command` (exec), so a signal to it reaches `command`.
        """
        if not self.is_private:
            return command
        inside = ["nsenter", f"--target={self.holder.pid}", "--net", "--mount"]
        return [*inside, f"--wdns={directory or Path.cwd()}", "--", *command]

    @property
    def docker_cli_environment(self) -> dict[str, str]:
        """Variables for the Docker command line, to be laid over a process's own."""
        return self.docker_cli_environment_in(self.layout.client)

    def docker_cli_environment_in(self, settings: Path) -> dict[str, str]:
        """Return the same with a settings folder (logins) of the caller's; made if need be."""
        plugins = settings / "cli-plugins"
        plugins.mkdir(parents=True, exist_ok=True)
        variables = {"DOCKER_HOST": self.docker_host, "DOCKER_CONFIG": str(settings)}
        if self.is_private:
            kit = Kit(root=Path(self.description.kit))
            programs = kit.client_programs(engine_of(self.kind).release)
            variables["PATH"] = f"{programs}:{os.environ['PATH']}"
            plugin = plugins / "docker-buildx"
            if not plugin.is_symlink():
                plugin.symlink_to(kit.buildx)
        return variables

    def docker(
        self,
        *arguments: str,
        timeout_s: float = 60,
        typed: str = "",
        settings: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the Docker command line inside the environment.

        `typed` goes to its input. Tests that log in bring a `settings` folder of their own, for
        others may use the environment at the same time.
        """
        return subprocess.run(
            self.command(["docker", *arguments]),
            env=os.environ | self.docker_cli_environment_in(settings or self.layout.client),
            input=typed,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def connect(self, host: str, port: int) -> socket.socket:
        """Open a TCP connection in the environment's network, from this process."""
        if not self.is_private:
            return dial_here(host, port)
        addresses = {name: address for address, name in self.description.names}
        return dial_into(self.holder.pid, addresses.get(host, host), port)

    def fetch(
        self,
        registry: str,
        method: str,
        path: str,
        *,
        accept: tuple[str, ...] = MANIFEST_TYPES,
        account: Account | None = None,
        content_type: str = "application/octet-stream",
        body: bytes = b"",
    ) -> Answer:
        """Send one HTTP request to a registry's API, from this process.

        It is sent as the registry's first account unless `account` says otherwise; a repository
        that only the second one may read needs the second one.
        """
        target = self.registries[registry]
        chosen = account or (target.accounts[0] if target.accounts else None)
        client = RegistryClient(target, chosen, self.connect)
        return client.request(method, path, accept=accept, content_type=content_type, body=body)

    @contextmanager
    def faults(self) -> Iterator[Faults]:
        """Lend what goes wrong at the registry `fault`, which shares its contents with `open`.

        One borrower has it at a time; nothing goes wrong before and after.
        """
        lending = Faults(lambda question: ask(self.layout.control, question))
        with locked(self.layout.root / "faults.lock"):
            lending.clear()
            try:
                yield lending
            finally:
                lending.clear()
