"""`freshet run` and `freshet runs` as a user has them: processes, also on a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from freshet.plan.v1.plan_pb2 import Plan
from freshet.runner.v1.run_pb2 import Run
from runner_service.daemon.fake_daemon import FakeDaemon, FakeRegistry
from runner_service.daemon.port import BuildRequest, BuiltImage, Credentials, OutputSink
from tests.contract.runner import PASSWORD, Harness, build_step, push_step, serving

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = """\
version: '1.0'
steps:
  image: {type: build, title: Build it, image_name: app, tag: x, disable_push: true}
"""
DOCKERFILE = "FROM alpine:3.20\nRUN echo begun\n"
LIMIT_S = 40
# Makes the terminal that is its standard input its own, so that Ctrl-C becomes a signal.
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class StubbornDaemon(FakeDaemon):
    """Ends a build that is cancelled only when it is allowed to."""

    def __init__(self) -> None:
        account = Credentials(username="ann", password=PASSWORD)
        super().__init__(FakeRegistry(domain="mine.test", account=account))
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def build(self, request: BuildRequest, output: OutputSink) -> BuiltImage:
        try:
            return await super().build(request, output)
        except asyncio.CancelledError:
            await self.may_end.wait()
            raise


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Cli:
    """`freshet` with a runner that is served by this test, and everything else of its own."""

    harness: Harness
    state: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        return kept | {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos'}",
            "FRESHET_STATE_DIRECTORY": str(self.state),
            "FRESHET_RUNNER_SERVICE": f"unix:{self.harness.directory.parent}/runner.sock",
            "TERM": "xterm",
        }

    async def __call__(self, *words: str) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "compiler", *words),
            env=self.environment,
            cwd=self.harness.directory,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(LIMIT_S):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


@dataclass
class Terminal:
    """`freshet` on a terminal of its own."""

    process: asyncio.subprocess.Process
    keyboard: int
    """The side of the terminal where somebody types and reads."""
    shown: bytes = b""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def open(cls, cli: Cli, *words: str) -> Terminal:
        keyboard, terminal = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _TAKE_TERMINAL, sys.executable, "-m", "compiler", *words),
            env=cli.environment,
            cwd=cli.harness.directory,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        opened = cls(process, keyboard)
        asyncio.get_running_loop().add_reader(keyboard, opened._read)
        return opened

    def _read(self) -> None:
        try:
            data = os.read(self.keyboard, 65536)
        except OSError:  # the other side is closed
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self.keyboard)
        self.shown += data
        self.changed.set()

    def press_ctrl_c(self) -> None:
        os.write(self.keyboard, b"\x03")

    async def until(self, text: str) -> None:
        """Wait until `text` was shown."""
        async with asyncio.timeout(LIMIT_S):
            while text.encode() not in self.shown:
                self.changed.clear()
                await self.changed.wait()

    async def end(self) -> int:
        async with asyncio.timeout(LIMIT_S):
            code = await self.process.wait()
        asyncio.get_running_loop().remove_reader(self.keyboard)
        self._drain()
        os.close(self.keyboard)
        return code

    def _drain(self) -> None:
        os.set_blocking(self.keyboard, False)
        try:
            while data := os.read(self.keyboard, 65536):
                self.shown += data
        except OSError:
            return

    @property
    def text(self) -> str:
        """What was shown, as lines without control sequences."""
        plain = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[78])", "", self.shown.decode())
        return plain.replace("\r", "")


@pytest.fixture
async def cli(tmp_path: Path) -> AsyncIterator[Cli]:
    with tempfile.TemporaryDirectory(prefix="fr") as short:  # a socket's path must be short
        async with serving(tmp_path, StubbornDaemon()) as harness:
            (harness.directory / "codefresh.yml").write_text(PIPELINE)
            (harness.directory / "Dockerfile").write_text(DOCKERFILE)
            cli = Cli(harness=harness, state=Path(short))
            yield cli
            daemon = harness.daemon
            assert isinstance(daemon, StubbornDaemon)
            daemon.may_end.set()
            await cli("down")


BUILD_AND_PUSH = Plan(steps=[build_step(), push_step("send", "a", "b")])


async def test_ended_run_is_listed_shown_read_and_deleted(cli: Cli) -> None:
    name = (await cli.harness.run(BUILD_AND_PUSH, pipeline="shop/main")).name

    listed = await cli("runs")
    others = await cli("runs", "list", "--pipeline", "other")
    shown = await cli("runs", "show", name.removeprefix("runs/"))
    logs = await cli("runs", "logs", "--step", "send", name)
    deleted = await cli("runs", "delete", name)
    gone = await cli("runs", "show", name)

    assert re.search(rf"^{name}  .*  succeeded  .*  shop/main$", listed.out, re.M)
    assert others.out == "no runs yet; `freshet run` makes one\n"
    assert "mine.test/app:b" in shown.out
    assert re.search(r"^  mine.test/app:a  sha256:[0-9a-f]{64}$", shown.out, re.M)
    assert "Pushing mine.test/app:a" in logs.out
    assert "Building" not in logs.out
    assert deleted.out == f"{name}: deleted\n"
    assert (gone.code, gone.err) == (1, f'freshet: there is no run "{name}"\n')


async def test_json_of_each_action_is_what_the_contract_has(cli: Cli) -> None:
    name = (await cli.harness.run(BUILD_AND_PUSH)).name

    (listed,) = json.loads((await cli("runs", "list", "--format", "json")).out)
    shown = json.loads((await cli("runs", "show", "--format", "json", name)).out)
    logs = [
        json.loads(line)
        for line in (await cli("runs", "logs", "--format", "json", name)).out.splitlines()
    ]
    watched = [
        json.loads(line)
        for line in (await cli("runs", "watch", "--format", "json", name)).out.splitlines()
    ]
    cancelled = json.loads((await cli("runs", "cancel", "--format", "json", name)).out)
    deleted = json.loads((await cli("runs", "delete", "--format", "json", name)).out)

    assert listed["name"] == shown["name"] == cancelled["name"] == name
    assert [step["state"] for step in shown["step_runs"]] == ["STATE_SUCCEEDED"] * 2
    assert "plan" not in shown
    assert {chunk["step_id"] for chunk in logs} == {"image", "send"}
    events = [line["event"] for line in watched[:-1]]
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
    assert watched[-1]["run"]["state"] == "STATE_SUCCEEDED"
    assert deleted == [name]


async def test_provenance_of_what_was_built_and_pushed_is_printed_once_for_each_image(
    cli: Cli,
) -> None:
    run = await cli.harness.run(
        BUILD_AND_PUSH,
        variables={"TOKEN": "hunter2", "CF_REVISION": "f00"},
        secret_variable_names=["TOKEN"],
    )

    printed = await cli("runs", "provenance", "--format", "json", run.name)

    (line,) = printed.out.splitlines()
    told = json.loads(line)
    (pushed, _) = run.step_runs[1].operation_runs[0].pushed_images.pushed_images
    assert told["subject"] == [
        {"name": "mine.test/app", "digest": {"sha256": pushed.digest.removeprefix("sha256:")}}
    ]
    source, *_ = told["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source["digest"] == {"gitCommit": "f00"}
    metadata = told["predicate"]["runDetails"]["metadata"]
    assert metadata["startedOn"] == run.step_runs[0].start_time.ToJsonString()
    assert "hunter2" not in printed.out


async def test_logs_of_a_run_that_goes_on_end_unless_they_are_followed(cli: Cli) -> None:
    hold = cli.harness.daemon.hold_next("build")
    name = await cli.harness.create(BUILD_AND_PUSH)
    await hold.reached.wait()

    so_far = await cli("runs", "logs", name)
    following = asyncio.create_task(cli("runs", "logs", "--follow", name))
    hold.released.set()
    followed = await following

    assert so_far.out.startswith("Building app:x")
    assert "Pushed mine.test/app:b" not in so_far.out
    assert "Pushed mine.test/app:b" in followed.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("runs", "show", "absent"), 1, 'there is no run "runs/absent"'),
        (("runs", "list", "--limit", "0"), 2, "--limit: 0 is no number from 1"),
        (("runs", "delete", "registries/x"), 1, "is not a resource name of the form"),
        (("runs", "nonsense"), 2, "invalid choice: 'nonsense'"),
    ],
)
async def test_wrong_use_is_told(cli: Cli, words: tuple[str, ...], code: int, message: str) -> None:
    done = await cli(*words)

    assert done.code == code
    assert message in done.err


async def test_step_that_is_none_is_told_with_those_there_are(cli: Cli) -> None:
    name = (await cli.harness.run(BUILD_AND_PUSH)).name

    done = await cli("runs", "logs", "--step", "biuld", name)

    assert (done.code, done.out) == (2, "")
    assert f'"biuld" is no step of {name}: image, send' in done.err


async def test_run_without_a_terminal_is_plain_text_and_ends_with_a_table(cli: Cli) -> None:
    done = await cli("run")

    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    assert done.out.startswith("== Build it\n")
    assert re.search(r"^Step +Result +Time", done.out, re.M)
    assert re.search(r"^Build it +succeeded +\d+\.\d s", done.out, re.M)


async def test_run_on_a_terminal_shows_what_goes_on_and_takes_it_away(cli: Cli) -> None:
    hold = cli.harness.daemon.hold_next("build")
    terminal = await Terminal.open(cli, "run")
    await terminal.until("1 running; Ctrl-C stops the run")
    hold.released.set()

    code = await terminal.end()

    assert code == 0, terminal.text
    assert "Build it  0 s" in terminal.text or "Build it  1 s" in terminal.text
    last_block = terminal.shown.rindex(b"Ctrl-C stops the run")
    assert b"\x1b[J" in terminal.shown[last_block:]
    assert re.search(r"^Build it +succeeded", terminal.text, re.M)
    assert terminal.shown.count(b"\x1b[?7l") == terminal.shown.count(b"\x1b[?7h")


async def test_ctrl_c_asks_the_run_to_stop(cli: Cli) -> None:
    cli.harness.daemon.hold_next("build")
    terminal = await Terminal.open(cli, "run")
    await terminal.until("1 running")

    terminal.press_ctrl_c()
    code = await terminal.end()

    assert code == 5, terminal.text
    assert "freshet: stopping runs/" in terminal.text
    assert re.search(r"^Build it +terminated", terminal.text, re.M)
    assert "Traceback" not in terminal.text


async def test_second_ctrl_c_leaves_the_run_which_can_be_watched_again(cli: Cli) -> None:
    daemon = cli.harness.daemon
    assert isinstance(daemon, StubbornDaemon)
    daemon.may_end.clear()
    daemon.hold_next("build")
    terminal = await Terminal.open(cli, "run")
    await terminal.until("1 running")

    terminal.press_ctrl_c()
    await terminal.until("press Ctrl-C again to leave it")
    terminal.press_ctrl_c()
    code = await terminal.end()
    (name,) = re.findall(r"freshet: left (runs/\w+)", terminal.text)
    going_on = await cli("runs", "show", name)
    daemon.may_end.set()
    watched = await cli("runs", "watch", name)

    assert code == 5
    assert "Traceback" not in terminal.text
    assert "cancelling" in going_on.out
    assert watched.code == 5
    assert f"{name} cancelled" in watched.out


async def test_ctrl_c_leaves_a_run_that_is_only_watched(cli: Cli) -> None:
    hold = cli.harness.daemon.hold_next("build")
    name = await cli.harness.create(BUILD_AND_PUSH)
    terminal = await Terminal.open(cli, "runs", "watch", name)
    await terminal.until("1 running; Ctrl-C leaves it")

    terminal.press_ctrl_c()
    code = await terminal.end()
    hold.released.set()
    run = await cli.harness.finish(name)

    assert code == 5
    assert f"left {name}" in terminal.text
    assert run.state == Run.STATE_SUCCEEDED
