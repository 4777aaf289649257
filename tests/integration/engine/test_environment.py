"""One running environment: its daemon, its walls, and the way in."""

import signal
import subprocess
import uuid
from pathlib import Path

from tests.engine import DOCKER_26_CONTAINERD, EXTERNAL, Environment


def test_daemon_is_of_the_release_that_its_kind_names(engine: Environment) -> None:
    version = engine.docker("version", "--format", "{{.Server.Version}}").stdout.strip()
    driver = engine.docker("info", "--format", "{{.Driver}}").stdout.strip()

    assert engine.kind == EXTERNAL or version.startswith(engine.kind.partition("-")[0])
    assert (driver == "overlayfs") == (engine.kind == DOCKER_26_CONTAINERD) or (
        engine.kind == EXTERNAL
    )


def test_buildkit_builds_and_runs_a_command(engine: Environment, tmp_path: Path) -> None:
    dockerfile = f"FROM {engine.base_image}\nRUN echo built > /proof\nCMD cat /proof\n"
    (tmp_path / "Dockerfile").write_text(dockerfile)

    built = engine.docker("buildx", "build", "--load", "-t", "freshet-kit-test", str(tmp_path))
    ran = engine.docker("run", "--rm", "--init", "freshet-kit-test")

    assert built.returncode == 0, built.stderr
    assert ran.stdout == "built\n", ran.stderr


def test_containers_on_a_network_find_each_other_by_name(engine: Environment) -> None:
    network = f"kit-{uuid.uuid4().hex[:12]}"  # of its own: a run that was killed may have left one
    engine.docker("network", "create", network)
    listening = ("sh", "-c", "echo hello > /tmp/index.html; httpd -f -p 80 -h /tmp")
    options = ("--network", network, "--rm")
    web = f"{network}-web"
    engine.docker("run", "-d", *options, "--name", web, engine.base_image, *listening)

    wait = f"until wget -q -O- http://{web}/; do sleep 0.1; done"
    got = engine.docker("run", *options, engine.base_image, "timeout", "10", "sh", "-c", wait)
    engine.docker("rm", "-f", web)
    engine.docker("network", "rm", network)

    assert got.stdout == "hello\n", got.stderr


def test_command_inside_gets_the_signals_sent_to_it(engine_26: Environment) -> None:
    script = "trap 'echo stopped; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    inside = engine_26.command(["sh", "-c", script])

    with subprocess.Popen(inside, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=10)

    assert (said, process.returncode) == ("stopped\n", 5)


def test_passwords_can_be_told_apart_and_are_not_in_a_representation(
    engine_26: Environment,
) -> None:
    passwords = [a.password for r in engine_26.registries.values() for a in r.accounts]

    assert len(passwords) == len(set(passwords)) >= 3
    assert all(password.startswith("freshet-password-of-") for password in passwords)
    assert not any(password in repr(engine_26) for password in passwords)
