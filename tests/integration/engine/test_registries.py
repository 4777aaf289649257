"""Each registry of an environment takes what it should take, and refuses the rest."""

import json
import tarfile
from pathlib import Path

import pytest

from tests.engine import EXTERNAL, Account, Environment, available_kinds
from tests.engine.registries import BASIC, HUB, OPEN, TLS, TOKEN

_REPOSITORIES = {
    OPEN: "team/app",
    BASIC: "team/app",
    TOKEN: "alice/app",
} | ({} if available_kinds() == (EXTERNAL,) else {TLS: "team/app", HUB: "hubuser/app"})
_WITH_ACCOUNTS = [name for name in _REPOSITORIES if name != OPEN]


@pytest.mark.parametrize("registry", _REPOSITORIES)
def test_image_goes_to_the_registry_and_comes_back(
    engine: Environment, registry: str, tmp_path: Path
) -> None:
    target, repository = engine.registries[registry], _REPOSITORIES[registry]
    image = f"{target.domain}/{repository}:1"
    for account in target.accounts[:1]:
        assert not _log_in(engine, registry, account, tmp_path)

    refusal = _push(engine, image, tmp_path)
    pushed = engine.docker("inspect", "--format", "{{.Id}}", image).stdout
    engine.docker("rmi", image)
    pulled = engine.docker("pull", image, settings=tmp_path)
    again = engine.docker("inspect", "--format", "{{.Id}}", image).stdout
    answer = engine.fetch(registry, "GET", f"/v2/{repository}/manifests/1")

    assert not refusal
    assert pulled.returncode == 0, pulled.stderr
    assert again == pushed != ""
    assert answer.status == 200
    assert json.loads(answer.body)["schemaVersion"] == 2
    assert answer.headers["docker-content-digest"].startswith("sha256:")


@pytest.mark.parametrize("registry", _WITH_ACCOUNTS)
def test_wrong_password_is_refused(engine: Environment, registry: str, tmp_path: Path) -> None:
    target = engine.registries[registry]
    stranger = Account(username=target.username, password="not the password")

    refusal = _log_in(engine, registry, stranger, tmp_path)
    answer = engine.fetch(registry, "GET", "/v2/", account=stranger)

    assert "401" in refusal or "unauthorized" in refusal or "incorrect" in refusal
    assert answer.status == 401


def test_two_accounts_of_one_domain_push_to_their_own_and_to_shared_names(
    engine: Environment, tmp_path: Path
) -> None:
    target = engine.registries[TOKEN]
    outcomes = {}
    for account in target.accounts:
        assert not _log_in(engine, TOKEN, account, tmp_path)
        for owner in ("alice", "bob", "shared"):
            image = f"{target.domain}/{owner}/made-by-{account.username}:1"
            outcomes[account.username, owner] = _push(engine, image, tmp_path)

    refused = {who: said for who, said in outcomes.items() if said}
    assert list(refused) == [("alice", "bob"), ("bob", "alice")], outcomes
    assert all("denied" in said or "insufficient_scope" in said for said in refused.values())


def test_anybody_may_pull_public_names_only(engine: Environment, tmp_path: Path) -> None:
    domain = engine.registries[TOKEN].domain

    public = engine.docker("pull", f"{domain}/public/alpine:3.20", settings=tmp_path)
    private = engine.docker("pull", f"{domain}/alice/secret:1", settings=tmp_path)

    assert public.returncode == 0, public.stderr
    assert private.returncode != 0


def _log_in(engine: Environment, registry: str, account: Account, settings: Path) -> str:
    """Return what went wrong."""
    domain = engine.registries[registry].domain
    login = ("login", "--username", account.username, "--password-stdin", domain)
    done = engine.docker(*login, typed=account.password, settings=settings)
    return "" if done.returncode == 0 else done.stderr


def _push(engine: Environment, image: str, settings: Path) -> str:
    """Push something new as `image`; return what went wrong.

    Its layer is in no other repository: containerd's store would ask the registry to take it from
    there, which an account without rights there may not.
    """
    (settings / "name").write_text(image)
    with tarfile.open(settings / "image.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        archive.add(settings / "name", "name")
    made = engine.docker("import", str(settings / "image.tar"), image)
    pushed = engine.docker("push", image, settings=settings)
    return "" if pushed.returncode == 0 else made.stderr + pushed.stderr + pushed.stdout
