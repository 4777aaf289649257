"""One running environment: its daemon, its registries, its walls."""

from tests.engine import Environment


def test_daemon_runs_an_image_from_the_hub(engine: Environment) -> None:
    done = engine.docker("run", "--rm", "alpine:3.20", "cat", "/etc/os-release")

    assert "ID=alpine" in done.stdout, done.stderr
