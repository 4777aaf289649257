"""A run that is stopped ends at once, and says so."""

import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import Freshet

PIPELINE = (
    "version: '1.0'\nsteps:\n  image: {type: build, image_name: slow, tag: x, disable_push: true}\n"
)
LIMIT_S = 30


def test_interrupt_cancels_the_run_and_its_build(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet("up")
    dockerfile = "FROM alpine:3.20\nRUN echo begun; sleep 600\n"
    directory = repository({"codefresh.yml": PIPELINE, "Dockerfile": dockerfile})
    process = subprocess.Popen(
        freshet.command("run", directory=directory),
        cwd=directory,
        env=freshet.process_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for line in process.stdout:
        if "begun" in line and "RUN" not in line:
            break

    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=LIMIT_S)

    assert process.returncode == 5, output + errors
    assert time.monotonic() - begin < LIMIT_S
    assert "stopping runs/" in errors
    assert "cancelled" in output
    assert "Traceback" not in output + errors


def test_cancelled_build_leaves_nothing_behind(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet("up")
    before = on_the_daemon(freshet)
    dockerfile = "FROM alpine:3.20\nRUN echo begun; sleep 60123\n"
    directory = repository({"codefresh.yml": PIPELINE, "Dockerfile": dockerfile})
    name = freshet("run", "--detach", directory=directory).stdout.strip()
    within(LIMIT_S, lambda: "sleep 60123" in processes())

    cancelled = freshet("cancel", name.removeprefix("runs/"))
    freshet("watch", name)

    assert cancelled.returncode == 0, cancelled.stderr
    within(5, lambda: "sleep 60123" not in processes())
    assert on_the_daemon(freshet) == before
    (identity,) = freshet.state.glob("runner/runner.id")
    temporary = Path(tempfile.gettempdir()) / f"freshet-runner-{identity.read_text().strip()}"
    assert list(temporary.iterdir()) == []


def test_run_goes_on_when_the_services_are_started_again(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet = replace(freshet, variables={"FRESHET_RUNNER_DRAIN_SECONDS": "1"})
    dockerfile = "FROM alpine:3.20\nRUN echo begun; sleep 4.125\n"
    directory = repository({"codefresh.yml": PIPELINE, "Dockerfile": dockerfile})
    name = freshet("run", "--detach", directory=directory).stdout.strip()
    within(LIMIT_S, lambda: "sleep 4.125" in processes())

    stopped = freshet("down")
    freshet("up")
    watched = freshet("watch", name)

    assert stopped.returncode == 0, stopped.stderr
    assert watched.returncode == 0, watched.stdout + watched.stderr
    assert "it begins again, as its execution number 2" in watched.stdout
    assert f"{name} succeeded" in watched.stdout


def on_the_daemon(freshet: Freshet) -> list[str]:
    """Return the containers, networks and volumes there are."""
    docker = freshet.environment.docker
    return [
        docker("ps", "--all", "--quiet").stdout,
        docker("network", "ls", "--quiet").stdout,
        docker("volume", "ls", "--quiet").stdout,
    ]


def processes() -> str:
    """Return the commands of all processes of the machine, those of builds included."""
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def within(limit_s: float, check: Callable[[], bool]) -> None:
    """Wait until `check` holds."""
    deadline = time.monotonic() + limit_s
    while not check():
        assert time.monotonic() < deadline, f"it does not hold after {limit_s} s"
        time.sleep(0.05)


def test_detached_run_goes_on_and_is_stopped_with_the_services(
    freshet: Freshet, repository: MakeRepository
) -> None:
    dockerfile = "FROM alpine:3.20\nRUN sleep 600\n"
    directory = repository({"codefresh.yml": PIPELINE, "Dockerfile": dockerfile})

    name = freshet("run", "--detach", directory=directory).stdout.strip()
    stopped = freshet("down")

    assert name.startswith("runs/")
    assert stopped.returncode == 0, stopped.stderr
    assert "runner service: stopped" in stopped.stdout


def test_reader_that_leaves_does_not_cause_a_traceback(
    freshet: Freshet, repository: MakeRepository
) -> None:
    directory = repository({"codefresh.yml": PIPELINE, "Dockerfile": "FROM alpine:3.20\n"})
    freshet("up")

    done = subprocess.run(
        ["sh", "-c", '"$@" | head -n 1', "sh", *freshet.command("run", directory=directory)],
        cwd=directory,
        env=freshet.process_environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert done.stdout.startswith("== image")
    assert "Traceback" not in done.stderr


def test_detached_run_is_listed_watched_and_cancelled(
    freshet: Freshet, repository: MakeRepository
) -> None:
    dockerfile = "FROM alpine:3.20\nRUN sleep 600\n"
    directory = repository({"codefresh.yml": PIPELINE, "Dockerfile": dockerfile})
    name = freshet("run", "--detach", directory=directory).stdout.strip()

    listed = freshet("runs").stdout
    cancelled = freshet("cancel", name.removeprefix("runs/"))
    watched = freshet("watch", name)

    assert name in listed
    assert "app/codefresh" in listed
    assert cancelled.returncode == 0, cancelled.stderr
    assert watched.returncode == 5, watched.stderr
    assert "== image: terminated" in watched.stdout
    assert f"{name} cancelled" in watched.stdout


def test_unknown_run_is_refused_in_one_line(freshet: Freshet) -> None:
    done = freshet("watch", "runs/absent")

    assert done.returncode == 1
    assert done.stderr == 'freshet: there is no run "runs/absent"\n'
