"""The demo: builds the examples on a real Docker daemon and pushes them to real registries.

`make demo` runs it. Every digest that Freshet prints is then fetched from the registry's own HTTP
API. A Docker daemon that runs on the machine is used; where there is none, daemon and registries
are started in namespaces of their own, and nothing of the machine is changed.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.engine import EngineError, Environment, up
from tests.engine.lifecycle import EXTERNAL_VARIABLE
from tests.engine.ping import answers

EXAMPLES = Path(__file__).resolve().parent
ROOT = EXAMPLES.parent
NAMES = ("two-stage", "two-registries", "default-registry", "local-only")
_DOCKER_HOST = "unix:///var/run/docker.sock"
_PUSHED = re.compile(r"^  (\S+):(\S+)  (sha256:[0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """`freshet`, the daemon and the registries of the demo."""

    environment: Environment
    folder: Path
    """Where the demo keeps its state and its copies of the examples."""

    def freshet(self, *arguments: str, directory: Path = ROOT, typed: str = "") -> str:
        """Run `freshet`, show what it prints, and return it.

        Raises:
            SystemExit: it failed.
        """
        print(f"\n$ freshet {' '.join(arguments)}", flush=True)
        process = subprocess.Popen(
            self.environment.command([sys.executable, "-m", "compiler", *arguments], directory),
            cwd=directory,
            env=self._variables(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin and process.stdout
        process.stdin.write(typed)
        process.stdin.close()
        lines = []
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
        if process.wait() != 0:
            raise SystemExit(f"demo: `freshet {arguments[0]}` ended with {process.returncode}")
        return "".join(lines)

    def _variables(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos'}",
            "FRESHET_STATE_DIRECTORY": str(self.folder / "state"),
            "DOCKER_HOST": self.environment.docker_host,
        }

    def add_registry(self, registry: str, name: str, *options: str) -> None:
        """Tell Freshet about one of the real registries."""
        known = self.environment.registries[registry]
        account = known.accounts[0]
        self.freshet(
            *("registry", "add", name, "--domain", known.domain),
            *("--username", account.username, "--password-stdin", *options),
            typed=account.password,
        )

    def run_example(self, name: str) -> int:
        """Run an example in a Git repository of its own; return how many tags were pushed."""
        print(f"\n--- examples/{name} " + "-" * 40)
        pushed = _PUSHED.findall(self.freshet("run", directory=self._repository(name)))
        for repository, tag, digest in pushed:
            self._check(repository, tag, digest)
        return len(pushed)

    def _repository(self, name: str) -> Path:
        directory = self.folder / name
        if directory.exists():
            return directory
        shutil.copytree(EXAMPLES / name, directory)
        identity = ["-c", "user.name=Freshet", "-c", "user.email=demo@freshet.invalid"]
        for arguments in (
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "--all"],
            [*identity, "commit", "--quiet", "--message", "The example"],
        ):
            subprocess.run(["git", "-C", str(directory), *arguments], check=True)
        return directory

    def _check(self, repository: str, tag: str, digest: str) -> None:
        """Ask the registry itself for what was pushed.

        Raises:
            SystemExit: it has something else, or nothing.
        """
        domain, _, path = repository.partition("/")
        registry = next(
            name for name, each in self.environment.registries.items() if each.domain == domain
        )
        answer = self.environment.fetch(registry, "GET", f"/v2/{path}/manifests/{tag}")
        found = answer.headers.get("Docker-Content-Digest", "")
        if answer.status != 200 or found != digest:
            raise SystemExit(f"demo: {domain} answers {answer.status} {found} for {path}:{tag}")
        print(f"{domain} has {path}:{tag} as {digest[:19]}…: the same digest")


def use_own_daemon() -> None:
    """Let the demo use a Docker daemon that runs on this machine already."""
    docker_host = os.environ.get("DOCKER_HOST") or _DOCKER_HOST
    if not os.environ.get(EXTERNAL_VARIABLE) and answers(docker_host):
        print(f"Using the Docker daemon at {docker_host}.")
        os.environ[EXTERNAL_VARIABLE] = docker_host


def main() -> int:
    """Run the demo; return 0, or 1 when something was not as it should be."""
    begin = time.monotonic()
    use_own_daemon()
    try:
        environment = up()
    except EngineError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    folder = environment.layout.root / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    demo = Demo(environment=environment, folder=folder)
    try:
        if "local" not in demo.freshet("registry", "list"):
            demo.add_registry("basic", "local", "--prefix", "demo", "--default")
            demo.add_registry("token", "team", "--prefix", "alice")
            demo.freshet("registry", "list")
        count = sum(demo.run_example(name) for name in NAMES)
    finally:
        demo.freshet("down")
    seconds = time.monotonic() - begin
    print(f"\nThe demo built {len(NAMES)} images and pushed {count} tags in {seconds:.1f} s.")
    print("Daemon and registries go on; `.venv/bin/python -m tests.engine down` ends them.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
