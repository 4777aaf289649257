"""What the fake daemon makes of a Dockerfile: enough for tests, and nothing more.

It knows `FROM image`, `ARG name[=value]`, `COPY path... path` and `RUN` with `&&` between
`echo words`, `cat path`, `test [!] -e path`, `sleep seconds`, `exit code` and `/ssh/ssh-add -L`.
All else that a `RUN` says succeeds without doing anything, and other instructions only count as
steps. Stages run in order; `COPY --from` is not known.
"""

import asyncio
import base64
import json
import shlex
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from string import Template

from runner_service.daemon.buildkit.context import ContextDirectory
from runner_service.daemon.buildkit.recipe import Recipe, read_recipe
from runner_service.daemon.errors import BuildFailed, PullFailed
from runner_service.daemon.port import (
    SSH_IDENTITIES_REQUEST,
    BuildRequest,
    CacheUse,
    OutputSink,
    OutputStream,
    SshAgent,
    VertexProgress,
)

_SSH_ADD = "/ssh/ssh-add"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeImage:
    """An image without layers."""

    image_id: str
    files: dict[str, bytes] = field(hash=False)
    """By absolute path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a build needs from outside."""

    request: BuildRequest
    output: OutputSink
    built: set[str]
    """Keys of all steps that were ever carried out."""
    base_of: Callable[[str, BuildRequest], Awaitable[FakeImage]]


async def carry_out(bench: Bench) -> tuple[FakeImage, CacheUse]:
    """Build; return the image, and how much of it was cached.

    Raises:
        DaemonError: as `Daemon.build`.
    """
    context = ContextDirectory(bench.request.context_directory)
    recipe = read_recipe(context, bench.request.dockerfile)
    files = {
        "/" + entry.path: context.read(entry.path)
        for entry in context.entries(recipe.rules)
        if entry.is_file
    }
    build = _Build(bench, files, recipe)
    for number, line in enumerate(build.lines, start=1):
        await build.step(number, line)
    return build.image(), build.cache_use


class _Build:
    """One walk through a Dockerfile."""

    def __init__(self, bench: Bench, context: dict[str, bytes], recipe: Recipe) -> None:
        text = recipe.text.decode().replace("\\\n", " ")
        self.lines = [
            line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] != "#"
        ]
        self._cached_count = 0
        self._done_count = 0
        self._bench = bench
        self._context = context
        self._files: dict[str, bytes] = {}
        self._arguments: dict[str, str] = {}
        self._key = ""

    def image(self) -> FakeImage:
        labels = json.dumps(dict(self._bench.request.labels), sort_keys=True)
        return FakeImage(image_id="sha256:" + _hash(self._key, labels), files=self._files)

    @property
    def cache_use(self) -> CacheUse:
        if not self._done_count:
            return CacheUse.FULL
        return CacheUse.PARTIAL if self._cached_count else CacheUse.NONE

    async def step(self, number: int, line: str) -> None:
        instruction, _, rest = line.partition(" ")
        name = f"[{number}/{len(self.lines)}] {line}"
        self._say(number, name)
        if instruction == "FROM":
            await self._from(name, rest.split()[0])
        elif instruction == "ARG":
            argument, _, default = rest.partition("=")
            self._arguments[argument] = self._bench.request.build_arguments.get(argument, default)
        else:
            copied = self._copied(name, rest) if instruction == "COPY" else {}
            await self._carry_out(number, name, copied)

    async def _from(self, name: str, reference: str) -> None:
        try:
            base = await self._bench.base_of(reference, self._bench.request)
        except PullFailed as error:
            raise BuildFailed(f"{error.reference}: {error.words}", step=name) from error
        self._files = dict(base.files)
        self._key = base.image_id

    def _copied(self, name: str, rest: str) -> dict[str, bytes]:
        *sources, target = rest.split()
        for source in sources:
            root = ("/" + source).removesuffix(".").rstrip("/")
            found = {
                path: contents
                for path, contents in self._context.items()
                if path == root or path.startswith(root + "/")
            }
            if not found:
                raise BuildFailed(f'"{root}": not found', step=name)
            self._files |= {_place(path, root, target): data for path, data in found.items()}
        return self._files

    async def _carry_out(self, number: int, name: str, copied: dict[str, bytes]) -> None:
        """Do a step unless it was done before with the same outcome of all steps above it."""
        contents = [f"{path}={sha256(data).hexdigest()}" for path, data in sorted(copied.items())]
        self._key = _hash(
            self._key, name.partition("] ")[2], *map(str, self._arguments.items()), *contents
        )
        if self._key in self._bench.built and not self._bench.request.cache_disabled:
            self._say(number, "CACHED")
            self._cached_count += 1
            self._observe(number, name, cached=True)
            return
        self._done_count += 1
        _, instruction, rest = name.split(" ", 2)
        try:
            if instruction == "RUN":
                await self._run(number, name, rest)
        except BuildFailed as error:
            self._observe(number, name, error=error.words)
            raise
        self._observe(number, name)
        self._bench.built.add(self._key)

    def _observe(self, number: int, name: str, *, cached: bool = False, error: str = "") -> None:
        now_ns = time.time_ns()
        begun = VertexProgress(number=number, name=name, started_ns=now_ns)
        ended = replace(begun, completed_ns=now_ns, cached=cached, error=error)
        for event in (begun, ended):
            self._bench.request.observe(event)

    async def _run(self, number: int, name: str, rest: str) -> None:
        words = shlex.split(Template(rest).safe_substitute(self._arguments))
        secrets = {
            f"/run/secrets/{secret}": await source()
            for secret, source in self._bench.request.secrets.items()
            if f"--mount=type=secret,id={secret}" in words
        }
        agent = self._agent(words)
        commands = [word for word in words if not word.startswith("--mount=")]
        for command in " ".join(commands).split("&&"):
            if command.split()[-2:] == [_SSH_ADD, "-L"]:
                code = await self._list_keys(number, agent)
            else:
                code = await self._command(number, command.split(), self._files | secrets)
            if code:
                raise BuildFailed(f"did not complete: exit code: {code}", step=name, exit_code=code)

    def _agent(self, words: list[str]) -> SshAgent | None:
        mount = next((word for word in words if word.startswith("--mount=type=ssh")), None)
        if mount is None:
            return None
        id = mount.partition("id=")[2] or "default"
        return self._bench.request.ssh_agents.get(id)

    async def _list_keys(self, number: int, agent: SshAgent | None) -> int:
        if agent is None:
            return 2
        answer = await agent(bytes([SSH_IDENTITIES_REQUEST]))
        for blob in _strings(answer[5:])[::2]:
            kind = _strings(blob)[0].decode()
            self._say(number, f"{kind} {base64.b64encode(blob).decode()}")
        return 0

    async def _command(self, number: int, words: list[str], files: dict[str, bytes]) -> int:
        match words:
            case ["echo", *text]:
                self._say(number, " ".join(text))
            case ["cat", path] if path in files:
                self._say(number, files[path].decode())
            case ["cat", _]:
                return 1
            case ["test", "-e", path]:
                return 0 if path in files else 1
            case ["test", "!", "-e", path]:
                return 1 if path in files else 0
            case ["sleep", seconds]:
                await asyncio.sleep(float(seconds))
            case ["exit", code]:
                return int(code)
        return 0

    def _say(self, number: int, text: str) -> None:
        self._bench.output(OutputStream.STDOUT, f"#{number} {text}\n".encode())


def _strings(data: bytes) -> list[bytes]:
    """Return the strings that ssh wrote one after the other."""
    found = []
    while data:
        end = 4 + int.from_bytes(data[:4])
        found.append(data[4:end])
        data = data[end:]
    return found


def _place(path: str, source: str, target: str) -> str:
    """Return where `COPY source target` puts the file at `path`."""
    if path != source:
        return target.rstrip("/") + path.removeprefix(source)
    return target + Path(path).name if target.endswith("/") else target


def _hash(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
