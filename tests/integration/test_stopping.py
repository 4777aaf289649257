"""A run that is stopped ends at once, and says so."""

import signal
import subprocess
import time

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
