"""What goes wrong ends in one clear paragraph and the right exit code; never in a traceback."""

from pathlib import Path

import pytest

from tests.engine import Fault, Reply
from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import Freshet

DOCKERFILE = "FROM alpine:3.20\nRUN echo hello > /about\n"
PIPELINE = """\
version: '1.0'
steps:
  image:
    type: build
    image_name: app
    tag: x
    registry: mine
"""


def failed_run(freshet: Freshet, directory: Path, exit_code: int) -> str:
    """Run the pipeline of `directory`, which must fail, and return all it printed."""
    done = freshet("run", directory=directory)
    output = done.stdout + done.stderr
    assert done.returncode == exit_code, output
    assert "Traceback" not in output
    assert "Pushed:" not in output
    return output


@pytest.fixture
def directory(repository: MakeRepository) -> Path:
    return repository({"codefresh.yml": PIPELINE, "Dockerfile": DOCKERFILE})


def test_missing_dockerfile_names_the_path(freshet: Freshet, repository: MakeRepository) -> None:
    freshet.add_registry("open", "mine")
    directory = repository({"codefresh.yml": PIPELINE})

    output = failed_run(freshet, directory, 4)

    assert "Dockerfile" in output
    assert "help:" in output


def test_unknown_registry_is_found_before_anything_is_done(
    freshet: Freshet, directory: Path
) -> None:
    freshet.add_registry("open", "mime")

    output = failed_run(freshet, directory, 1)

    assert "codefresh.yml:7:15" in output
    assert '"mine"' in output
    assert "mime" in output  # did you mean


def test_wrong_password_is_told_when_the_registry_is_added(freshet: Freshet) -> None:
    domain = freshet.environment.registries["basic"].domain

    done = freshet(
        *("registry", "add", "mine", "--domain", domain, "--username", "ann", "--password-stdin"),
        typed="wrong-password",
    )

    assert done.returncode == 1, done.stdout
    assert "was not added" in done.stderr
    assert "wrong-password" not in done.stdout + done.stderr
    assert "no registries" in freshet("registry", "list").stdout


def test_wrong_password_fails_the_push_in_the_words_of_the_registry(
    freshet: Freshet, directory: Path
) -> None:
    domain = freshet.environment.registries["basic"].domain
    added = freshet(
        *("registry", "add", "mine", "--domain", domain, "--username", "ann", "--password-stdin"),
        "--no-verify",
        typed="wrong-password",
    )
    assert added.returncode == 0, added.stderr

    output = failed_run(freshet, directory, 4)

    assert "HTTP 401: authentication required" in output
    assert "the registry refused the login" in output
    assert "Building" not in output  # it was found before
    assert f"{domain}/app:x" in output
    assert "wrong-password" not in output


def test_push_to_what_the_account_may_not_write_is_denied(
    freshet: Freshet, directory: Path
) -> None:
    freshet.add_registry("token", "mine", "--prefix", "bob")  # it logs in as alice

    output = failed_run(freshet, directory, 4)

    assert "HTTP 401: authentication required" in output
    assert "the login may not do this there" in output
    assert "Building" not in output


def test_failed_manifest_fails_the_run_and_tags_before_it_are_told(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet.add_registry("fault", "mine")
    pipeline = (
        "version: '1.0'\nsteps:\n"
        "  image: {type: build, image_name: half, tag: x, disable_push: true}\n"
        "  send: {type: push, candidate: '${{image}}', registry: mine, tags: [one, two]}\n"
    )
    directory = repository({"codefresh.yml": pipeline, "Dockerfile": DOCKERFILE})

    with freshet.environment.faults() as faults:
        faults.inject(
            Fault(method="PUT", path="/manifests/two", count=50, action=Reply(status=500))
        )
        done = freshet("run", directory=directory)

    assert done.returncode == 4, done.stdout
    shown = done.stdout.partition("Pushed:")[2]
    assert "half:one  sha256:" in shown
    assert "half:two  sha256:" not in shown
    assert freshet.environment.fetch("open", "GET", "/v2/half/manifests/two").status == 404


def test_unreachable_daemon_has_its_own_exit_code(freshet: Freshet, directory: Path) -> None:
    freshet.add_registry("open", "mine")
    freshet("down")
    away = Freshet(
        environment=freshet.environment,
        state=freshet.state,
        variables={"DOCKER_HOST": "unix:///nonexistent/docker.sock"},
    )

    output = failed_run(away, directory, 3)

    assert "/nonexistent/docker.sock" in output


def test_services_of_another_daemon_are_not_used_unnoticed(
    freshet: Freshet, directory: Path
) -> None:
    freshet.add_registry("open", "mine")
    freshet("up")
    other = {"DOCKER_HOST": "unix:///other/docker.sock"}

    away = Freshet(environment=freshet.environment, state=freshet.state, variables=other)
    output = failed_run(away, directory, 3)

    assert "/other/docker.sock" in output
    assert "freshet down" in output


def test_failing_command_of_a_dockerfile_is_named_with_its_exit_code(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet.add_registry("open", "mine")
    directory = repository(
        {"codefresh.yml": PIPELINE, "Dockerfile": "FROM alpine:3.20\nRUN echo oh no; exit 7\n"}
    )

    output = failed_run(freshet, directory, 4)

    assert "oh no" in output
    assert "exit code: 7" in output


def test_second_registry_of_the_same_name_is_refused(freshet: Freshet) -> None:
    freshet.add_registry("open", "mine")

    done = freshet("registry", "add", "mine", "--domain", "127.0.0.1:5001", "--no-verify")

    assert done.returncode == 1
    assert '"mine"' in done.stderr


def test_docker_hub_is_refused_as_caching_registry(freshet: Freshet) -> None:
    freshet("registry", "add", "hub", "--provider", "dockerhub", "--no-verify")

    done = freshet("registry", "set-cache", "hub")

    assert done.returncode == 1
    assert "Docker Hub" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["check", "absent.yml"], 2),
        (["run", "absent.yml"], 2),
        (["run", "--var", "no-equals-sign"], 2),
        (["run", "--secret", "NOT_IN_THE_ENVIRONMENT"], 2),
        (["registry", "show", "absent"], 1),
        (["registry", "set-default"], 2),
        (["registry", "add", "x", "--username", "me"], 2),
        (["nonsense"], 2),
    ],
)
def test_wrong_use_is_one_paragraph(
    freshet: Freshet, directory: Path, arguments: list[str], exit_code: int
) -> None:
    done = freshet(*arguments, directory=directory)

    assert done.returncode == exit_code, done.stderr
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_build_without_any_registry_says_that_the_image_stays(
    freshet: Freshet, repository: MakeRepository
) -> None:
    pipeline = "version: '1.0'\nsteps:\n  image: {type: build, image_name: stays, tag: x}\n"
    directory = repository({"codefresh.yml": pipeline, "Dockerfile": DOCKERFILE})

    done = freshet("run", directory=directory)

    assert done.returncode == 0, done.stderr
    assert "note[FR205]" in done.stderr
    assert "the image stays on the daemon" in done.stderr
    assert "Pushed:" not in done.stdout
