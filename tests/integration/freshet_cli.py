"""The command `freshet` as a user has it: whole processes, with services of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine import Environment

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshet:
    """`freshet` inside an environment, with a state directory of its own."""

    environment: Environment
    state: Path
    """Short, for sockets lie in it."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Further variables of the environment of each process."""

    @property
    def process_environment(self) -> dict[str, str]:
        """Variables that a `freshet` process gets."""
        return {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos'}",
            "FRESHET_STATE_DIRECTORY": str(self.state),
            "DOCKER_HOST": self.environment.docker_host,
            **self.variables,
        }

    def command(self, *arguments: str, directory: Path = ROOT) -> list[str]:
        """Return the command line of a `freshet` process in `directory`."""
        return self.environment.command([sys.executable, "-m", "compiler", *arguments], directory)

    def __call__(
        self, *arguments: str, directory: Path = ROOT, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `freshet` in `directory` with `typed` as its input."""
        return subprocess.run(
            self.command(*arguments, directory=directory),
            cwd=directory,
            env=self.process_environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    def add_registry(self, registry: str, name: str, *options: str, account: int = 0) -> None:
        """Tell Freshet about a registry of the environment, under `name`."""
        known = self.environment.registries[registry]
        login = []
        if known.accounts:
            login = ["--username", known.accounts[account].username, "--password-stdin"]
        done = self(
            *("registry", "add", name, "--domain", known.domain, *login, *options),
            typed=known.accounts[account].password if known.accounts else "",
        )
        assert done.returncode == 0, done.stderr + done.stdout

    def run_events(self, directory: Path, *arguments: str) -> list[dict[str, dict[str, object]]]:
        """Run the pipeline of `directory` and return the lines of its JSON output."""
        done = self("run", "--format", "json", *arguments, directory=directory)
        return [json.loads(line) for line in done.stdout.splitlines()]
