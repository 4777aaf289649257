"""What runs leave behind: on the daemon, in the registry's storage, in the runner's folders.

BuildKit tells nobody which sessions it holds. A build that goes on without its run shows by what
it uses of the build cache.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.crash.rounds import Lost
from tests.crash.services import Services
from tests.engine.environment import Environment
from tests.engine.registries import OPEN

_SETTLE_S = 5.0
"""A build that was cut off ends a moment after its run, and so do the files of its run."""
_LOOK_AGAIN_S = 0.1
_OF_SQLITE = ("-wal", "-shm", "-journal")
_AGENT = '"freshet"'
"""How the runner calls itself in the registry's log; the daemon has another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What there was before the first run."""

    on_daemon: frozenset[str]
    in_folder: frozenset[Path]


def what_there_is(environment: Environment, services: Services) -> Before:
    """Look at a daemon and a runner that have nothing to do."""
    return Before(
        on_daemon=frozenset(_on_daemon(environment)),
        in_folder=frozenset(_in_folder(services.folder)),
    )


def check_leftovers(
    environment: Environment, services: Services, before: Before, promised: Iterable[str]
) -> None:
    """Make sure that nothing is left but the images that are `promised`, by name or id.

    Raises:
        Lost: something is.
    """
    expected = before.on_daemon | {f"image {name}" for name in promised}
    deadline = time.monotonic() + _SETTLE_S
    while left := [
        *sorted(set(_on_daemon(environment)) - expected),
        *sorted(map(str, set(_in_folder(services.folder)) - before.in_folder)),
        *_unnamed_files(services),
    ]:
        if time.monotonic() > deadline:
            raise Lost(f"left behind: {left}")
        time.sleep(_LOOK_AGAIN_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """Uploads to one repository that were begun and neither finished nor dropped."""

    of_runner: int
    """Begun by the runner itself, to see whether it may push."""
    of_daemon: int
    """All others: of layers."""


def open_uploads(environment: Environment, path: str) -> Uploads:
    """Look at a repository of the open registry."""
    root = environment.layout.registries / OPEN / "docker/registry/v2/repositories" / path
    # Of uploads that were dropped the registry keeps the folder, without this file.
    there = len(list(root.glob("_uploads/*/startedat")))
    log = (environment.layout.registries / f"{OPEN}.log").read_text(errors="replace")
    target = re.escape(f"/v2/{path}/blobs/uploads/")
    begun = _count(log, rf'"POST {target}\S* HTTP/1.1" 202 ')
    dropped = _count(log, rf'"DELETE {target}\S* HTTP/1.1" 204 ')
    # What a registry that was killed did last is not in its log: the storage has the last word.
    of_runner = min(max(0, begun - dropped), there)
    return Uploads(of_runner=of_runner, of_daemon=there - of_runner)


def _count(log: str, request: str) -> int:
    return sum(_AGENT in line for line in log.splitlines() if re.search(request, line))


def untagged_images(environment: Environment) -> set[str]:
    """Return the ids of images without a name: of daemons that died before they gave it one."""
    return set(_docker(environment, "image", "ls", "--quiet", "--filter", "dangling=true").split())


def _on_daemon(environment: Environment) -> Iterator[str]:
    """Yield the containers, networks, volumes and images there are, and the cache in use."""
    for kind, command in (
        ("container", ("ps", "--all", "--quiet", "--no-trunc")),
        ("network", ("network", "ls", "--format", "{{.Name}}")),
        ("volume", ("volume", "ls", "--quiet")),
        ("image", ("image", "ls", "--format", "{{.Repository}}:{{.Tag}}")),
        ("image", ("image", "ls", "--quiet", "--filter", "dangling=true")),
    ):
        for name in _docker(environment, *command).split():
            if name != "<none>:<none>":
                yield f"{kind} {name}"
    cache = _docker(environment, "system", "df", "--verbose", "--format", "{{json .BuildCache}}")
    for record in json.loads(cache) or []:
        if record["InUse"] == "true":
            yield f"cache in use by a build: {record['ID']}"


def _docker(environment: Environment, *command: str) -> str:
    done = environment.docker(*command)
    if done.returncode:
        raise Lost(f"docker {' '.join(command)}: {done.stderr}")
    return done.stdout


def _in_folder(folder: Path) -> Iterator[Path]:
    """Yield the files of the runner: its state and, next to it, its temporary ones."""
    for top in (folder / "runner", folder / "tmp"):
        yield from (path for path in top.rglob("*") if not path.name.endswith(_OF_SQLITE))


def _unnamed_files(services: Services) -> Iterator[str]:
    """Yield the files that the runner keeps open without a name, as events that wait are."""
    for process in services.family("runner"):
        for handle in Path(f"/proc/{process.pid}/fd").glob("*"):
            with suppress(FileNotFoundError):
                target = str(handle.readlink())
                if target.startswith(str(services.folder)) and target.endswith(" (deleted)"):
                    yield target
