"""Environments come, are shared, die and come again."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine import DOCKER_26, Environment, StartFailed, borrowed, down, status, up
from tests.engine.folder import FOLDER_VARIABLE, state_folder
from tests.engine.kit import fetch

_PROGRAM = [sys.executable, "-m", "tests.engine"]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a state folder of its own, with the kit that is there already.

    Other tests, perhaps at the same time, use the environments of the usual folder.
    """
    kit = fetch(state_folder()).root
    own = Path(tempfile.mkdtemp(prefix="fk-", dir="/var/tmp"))
    (own / kit.name).symlink_to(kit)
    monkeypatch.setenv(FOLDER_VARIABLE, str(own))
    yield own
    down(DOCKER_26)
    shutil.rmtree(own)


def test_second_up_finds_the_first_at_once(folder: Path) -> None:
    first = up(DOCKER_26)
    began = time.monotonic()

    second = up(DOCKER_26)

    assert second == first
    assert time.monotonic() - began < 1
    assert second.layout.root.parent == folder


def test_two_that_come_at_once_share_one(folder: Path) -> None:
    starts = [subprocess.Popen([*_PROGRAM, "up"], stderr=subprocess.PIPE) for _ in range(2)]

    said = [start.communicate(timeout=60)[1].decode() for start in starts]

    assert [start.returncode for start in starts] == [0, 0]
    assert sum("is up after" in one for one in said) == 1, (said, folder)


@pytest.mark.parametrize("victim", ["process one", "holder"])
def test_killed_environment_leaves_nothing_and_comes_back_with_its_images(
    folder: Path, victim: str
) -> None:
    environment = up(DOCKER_26)
    environment.docker("run", "-d", "--name", "sleeper", "alpine:3.20", "sleep", "600")
    family = [environment.holder, *environment.holder.descendants()]
    first = environment.process_one
    assert first is not None

    (first if victim == "process one" else environment.holder).send(signal.SIGKILL)
    gone = [process.wait(timeout_s=10) for process in family]
    again = up(DOCKER_26)

    assert len(family) > 8 and all(gone)
    assert not _mounts_below(folder)
    assert again.description == environment.description
    state = again.docker("inspect", "--format", "{{.State.Status}}", "sleeper").stdout
    assert state == "exited\n"
    ran = again.docker("run", "--rm", "--pull=never", "alpine:3.20", "echo", "ok")
    assert ran.stdout == "ok\n", ran.stderr


def test_down_leaves_no_process_no_mount_no_control_group_and_no_file(folder: Path) -> None:
    environment = up(DOCKER_26)
    environment.docker("run", "-d", "alpine:3.20", "sleep", "600")
    family = [environment.holder, *environment.holder.descendants()]

    existed = down(DOCKER_26)

    assert existed
    assert not any(process.is_running() for process in family)
    assert not _mounts_below(folder)
    assert not environment.layout.root.exists()
    assert not list(Path("/sys/fs/cgroup").rglob(environment.layout.control_group))


def test_number_of_another_process_is_not_taken_for_the_environment(folder: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        record = folder / DOCKER_26 / "processes.json"
        record.parent.mkdir()
        record.write_text(json.dumps([{"pid": bystander.pid, "started": 1}]))

        environment = up(DOCKER_26)

        assert environment.holder.pid != bystander.pid
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_daemon_that_does_not_start_fails_with_its_own_words(folder: Path) -> None:
    environment = up(DOCKER_26)
    _kill(environment)
    settings = environment.layout.etc / "docker/daemon.json"
    broken = json.loads(settings.read_text()) | {"storage-driver": "no-such-driver"}
    settings.write_text(json.dumps(broken))

    with pytest.raises(StartFailed, match="no-such-driver"):
        up(DOCKER_26)

    assert [one.environment for one in status()] == [None, None, None]
    assert not _mounts_below(folder)


def test_borrowed_environment_ends_with_the_last_who_borrows_it(folder: Path) -> None:
    with borrowed(DOCKER_26) as first:
        with borrowed(DOCKER_26) as second:
            assert second == first
        assert first.holder.is_running()

    assert not first.holder.is_running()
    assert not (folder / DOCKER_26).exists()


def test_environment_that_a_person_started_outlives_who_borrows_it(folder: Path) -> None:
    by_hand = up(DOCKER_26)

    with borrowed(DOCKER_26) as lent:
        assert lent == by_hand

    assert by_hand.holder.is_running()
    assert [one.kept for one in status() if one.kind == DOCKER_26] == [True], folder


def _kill(environment: Environment) -> None:
    environment.holder.send(signal.SIGKILL)
    assert environment.holder.wait(timeout_s=10)


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if str(folder) in line]
