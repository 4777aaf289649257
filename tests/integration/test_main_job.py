"""The main job, as a user does it: compile, build on a real daemon, push to real registries."""

import re
from pathlib import Path

import pytest

from tests.engine import Environment
from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import Freshet

DOCKERFILE = "FROM alpine:3.20\nRUN echo hello > /about\nCMD cat /about\n"
PUBLIC_EXAMPLE = """\
version: '1.0'
steps:
  build_step:
    type: build
    image_name: my-app-image
    tag: ${{CF_SHORT_REVISION}}
    disable_push: true
  push_step:
    type: push
    title: Push to a registry
    candidate: ${{build_step}}
    tag: ${{CF_BRANCH}}
    registry: mine
"""


def pushed(output: str) -> dict[str, str]:
    """Return the digests that `freshet run` printed, by reference."""
    return dict(re.findall(r"^  (\S+)  (sha256:[0-9a-f]{64})$", output, re.MULTILINE))


def digest_in_registry(environment: Environment, registry: str, path: str, tag: str) -> str:
    answer = environment.fetch(registry, "GET", f"/v2/{path}/manifests/{tag}")
    assert answer.status == 200, answer.body
    return answer.headers["Docker-Content-Digest"]


def test_pipeline_of_the_documentation_pushes_under_prefix_and_tag(
    freshet: Freshet, repository: MakeRepository
) -> None:
    environment = freshet.environment
    domain = environment.registries["basic"].domain
    freshet.add_registry("basic", "mine", "--prefix", "team/apps")
    directory = repository({"codefresh.yml": PUBLIC_EXAMPLE, "Dockerfile": DOCKERFILE})

    done = freshet("run", directory=directory)

    assert done.returncode == 0, done.stdout + done.stderr
    reference = f"{domain}/team/apps/my-app-image:main"
    digest = digest_in_registry(environment, "basic", "team/apps/my-app-image", "main")
    assert pushed(done.stdout) == {reference: digest}
    started = environment.docker("run", "--rm", reference)
    assert started.stdout == "hello\n", started.stderr


def test_build_step_without_registry_pushes_to_the_default(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet.add_registry("open", "first")
    freshet.add_registry("basic", "second", "--default")
    pipeline = "version: '1.0'\nsteps:\n  image:\n    type: build\n    image_name: by/default\n"
    directory = repository({"codefresh.yml": pipeline, "Dockerfile": DOCKERFILE})

    done = freshet("run", directory=directory)

    assert done.returncode == 0, done.stdout + done.stderr
    digest = digest_in_registry(freshet.environment, "basic", "by/default", "main")
    domain = freshet.environment.registries["basic"].domain
    assert pushed(done.stdout) == {f"{domain}/by/default:main": digest}


def test_build_step_with_disable_push_pushes_nothing(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet.add_registry("open", "first")
    pipeline = (
        "version: '1.0'\nsteps:\n  image:\n    type: build\n    image_name: stays/here\n"
        "    tag: one\n    disable_push: true\n"
    )
    directory = repository({"codefresh.yml": pipeline, "Dockerfile": DOCKERFILE})

    done = freshet("run", directory=directory)

    assert done.returncode == 0, done.stdout + done.stderr
    assert pushed(done.stdout) == {}
    assert freshet.environment.docker("image", "inspect", "stays/here:one").returncode == 0
    assert freshet.environment.fetch("open", "GET", "/v2/stays/here/tags/list").status == 404


def test_one_image_goes_to_two_registries_with_two_logins(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet.add_registry("basic", "first")
    freshet.add_registry("token", "second", "--prefix", "alice")
    pipeline = """\
version: '1.0'
steps:
  image: {type: build, image_name: two, tag: x, disable_push: true}
  one: {type: push, candidate: '${{image}}', registry: first, tags: [a, b]}
  two: {type: push, candidate: '${{image}}', registry: second}
"""
    directory = repository({"codefresh.yml": pipeline, "Dockerfile": DOCKERFILE})

    done = freshet("run", directory=directory)

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(pushed(done.stdout)) == 3
    for registry, path, tag in (
        ("basic", "two", "a"),
        ("basic", "two", "b"),
        ("token", "alice/two", "latest"),
    ):
        digest = digest_in_registry(freshet.environment, registry, path, tag)
        assert digest in pushed(done.stdout).values()


def test_second_run_needs_no_new_services_and_ends_the_same(
    freshet: Freshet, repository: MakeRepository
) -> None:
    freshet.add_registry("open", "mine")
    directory = repository({"codefresh.yml": PUBLIC_EXAMPLE, "Dockerfile": DOCKERFILE})
    freshet("up")
    processes = freshet("status").stdout

    first, second = freshet("run", directory=directory), freshet("run", directory=directory)

    assert first.returncode == second.returncode == 0
    assert pushed(first.stdout) == pushed(second.stdout) != {}
    assert freshet("status").stdout == processes


def test_state_survives_a_restart_of_the_services(freshet: Freshet) -> None:
    freshet.add_registry("basic", "mine", "--prefix", "p", "--cache")
    before = freshet("registry", "list", "--format", "json").stdout

    assert freshet("down").returncode == 0
    assert "not running" in freshet("status").stdout

    assert freshet("registry", "list", "--format", "json").stdout == before


@pytest.fixture
def passwords(engine_26: Environment) -> list[str]:
    return [
        account.password
        for registry in engine_26.registries.values()
        for account in registry.accounts
    ]


def test_no_password_is_shown_or_left_readable(
    freshet: Freshet, repository: MakeRepository, passwords: list[str]
) -> None:
    freshet.add_registry("basic", "mine")
    directory = repository({"codefresh.yml": PUBLIC_EXAMPLE, "Dockerfile": DOCKERFILE})

    outputs = [
        freshet("run", directory=directory),
        freshet("run", "--format", "json", directory=directory),
        freshet("compile", "--format", "json", directory=directory),
        freshet("registry", "show", "mine", "--format", "json"),
        freshet("registry", "list"),
    ]

    assert all(done.returncode == 0 for done in outputs), [done.stderr for done in outputs]
    texts = [done.stdout + done.stderr for done in outputs]
    files = [path for path in freshet.state.rglob("*") if path.is_file()]
    texts += [path.read_bytes().decode(errors="replace") for path in files]
    assert files
    assert not [password for password in passwords for text in texts if password in text]
    assert Path(freshet.state).stat().st_mode & 0o077 == 0
