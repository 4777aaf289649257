"""Several accounts at one registry in one pipeline, on each engine."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine import Environment
from tests.engine.registries import TOKEN
from tests.integration.conftest import MakeRepository
from tests.integration.freshet_cli import Freshet


@pytest.fixture
def accounts(engine: Environment) -> Iterator[Freshet]:
    """Give `freshet` that knows alice, who is primary, and bob, on each engine."""
    with _knowing_accounts(engine) as command:
        yield command


@contextmanager
def _knowing_accounts(engine: Environment) -> Iterator[Freshet]:
    state = Path(tempfile.mkdtemp(prefix="freshet-"))
    command = Freshet(environment=engine, state=state)
    command.add_registry(TOKEN, "alice", "--prefix", "alice", account=0)
    command.add_registry(TOKEN, "bob", "--prefix", "bob", account=1)
    yield command
    stopped = command("down")
    shutil.rmtree(state)
    assert stopped.returncode == 0, stopped.stderr


def _pushed(accounts: Freshet, repository: MakeRepository, owner: str) -> str:
    """Build a private image of `owner` and push it; return its reference."""
    name = f"image-{uuid.uuid4().hex[:12]}"
    step = f"{{type: build, image_name: {name}, tag: x, registry: {owner}}}"
    directory = repository(
        {
            "codefresh.yml": f"version: '1.0'\nsteps:\n  image: {step}\n",
            "Dockerfile": f"FROM scratch\nCOPY {owner} /\n",
            owner: name,
        },
        name=owner,
    )
    done = accounts("run", directory=directory)
    assert done.returncode == 0, done.stdout + done.stderr
    return f"{accounts.environment.registries[TOKEN].domain}/{owner}/{name}:x"


def _removed(accounts: Freshet, reference: str) -> str:
    """Take an image away from the daemon, so that it must be pulled."""
    removed = accounts.environment.docker("image", "rm", "--force", reference)
    assert removed.returncode == 0, removed.stderr
    return reference


def test_base_of_one_account_and_push_to_another_on_its_domain(
    accounts: Freshet, repository: MakeRepository
) -> None:
    base = _removed(accounts, _pushed(accounts, repository, "alice"))
    name = f"image-{uuid.uuid4().hex[:12]}"
    pipeline = f"""\
version: '1.0'
steps:
  image:
    type: build
    image_name: {name}
    tag: x
    no_cache: true
    registry: bob
    registry_contexts: [alice]
"""
    files = {"codefresh.yml": pipeline, "Dockerfile": f"FROM {base}\nCOPY codefresh.yml /\n"}

    done = accounts("run", directory=repository(files))

    assert done.returncode == 0, done.stdout + done.stderr
    bob = accounts.environment.registries[TOKEN].account("bob")
    answer = accounts.environment.fetch(TOKEN, "GET", f"/v2/bob/{name}/manifests/x", account=bob)
    assert answer.headers["Docker-Content-Digest"] in done.stdout


def test_two_bases_of_two_accounts_in_one_build(
    accounts: Freshet, repository: MakeRepository
) -> None:
    bases = [_removed(accounts, _pushed(accounts, repository, owner)) for owner in ("alice", "bob")]
    pipeline = """\
version: '1.0'
steps:
  image: {type: build, image_name: both, tag: x, no_cache: true, disable_push: true}
"""
    dockerfile = f"""\
FROM {bases[0]} AS first
FROM {bases[1]}
COPY --from=first /alice /
FROM alpine:3.20
COPY --from=1 / /both
RUN ls /both && echo both are here
"""

    done = accounts(
        "run", directory=repository({"codefresh.yml": pipeline, "Dockerfile": dockerfile})
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "both are here" in done.stdout
    passwords = [account.password for account in accounts.environment.registries[TOKEN].accounts]
    assert not [password for password in passwords if password in done.stdout + done.stderr]


def test_account_without_a_right_is_not_helped_by_another(
    accounts: Freshet, repository: MakeRepository
) -> None:
    base = _removed(accounts, _pushed(accounts, repository, "bob"))
    added = ["--domain", accounts.environment.registries[TOKEN].domain, "--username", "nobody"]
    accounts("registry", "remove", "bob", "--yes")
    wrong = accounts(
        "registry", "add", "bob", *added, "--prefix", "bob", "--password-stdin", "--no-verify",
        typed="wrong-password",
    )  # fmt: skip
    assert wrong.returncode == 0, wrong.stderr
    pipeline = """\
version: '1.0'
steps:
  image: {type: build, image_name: x, tag: x, no_cache: true, disable_push: true}
"""
    files = {"codefresh.yml": pipeline, "Dockerfile": f"FROM {base}\n"}

    done = accounts("run", directory=repository(files))

    assert done.returncode == 4, done.stdout
    assert "HTTP 401" in done.stdout
    assert "wrong-password" not in done.stdout + done.stderr
