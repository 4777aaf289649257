"""Registries are connected, tried, imported and applied, against real ones."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.engine.registries import BASIC, OPEN, TLS, TOKEN, Account
from tests.integration.freshet_cli import Freshet


def outcomes(freshet: Freshet, name: str, *options: str) -> dict[str, str]:
    """Return what came of each thing that was tried of a registry."""
    done = freshet("registry", "test", name, *options, "--format", "json")
    checks: list[dict[str, str]] = json.loads(done.stdout)["checks"]
    assert (done.returncode == 1) == any(each["outcome"] == "failed" for each in checks)
    return {each["subject"]: each["outcome"] for each in checks}


def add(freshet: Freshet, registry: str, *options: str, account: Account | None = None) -> Any:  # noqa: ANN401  # what subprocess returns
    """Add a registry of the environment under its own name."""
    known = freshet.environment.registries[registry]
    login = ["--username", account.username, "--password-stdin"] if account else []
    return freshet(
        *("registry", "add", registry, "--domain", known.domain, *login, *options),
        typed=account.password if account else "",
    )


def test_open_registry_passes_all_that_is_tried(freshet: Freshet) -> None:
    assert add(freshet, OPEN).returncode == 0

    tried = outcomes(freshet, OPEN, "--repository", "team/app")

    assert (tried["reach"], tried["pull"], tried["push"]) == ("passed", "passed", "passed")


def test_rights_of_an_account_are_told_for_each_repository(freshet: Freshet) -> None:
    alice = freshet.environment.registries[TOKEN].account("alice")
    assert add(freshet, TOKEN, account=alice).returncode == 0

    own = outcomes(freshet, TOKEN, "--repository", "alice/app")
    foreign = outcomes(freshet, TOKEN, "--repository", "bob/app")

    assert (own["login"], own["push"]) == ("passed", "passed")
    assert (foreign["login"], foreign["push"]) == ("passed", "failed")


def test_own_authority_is_needed_and_enough(freshet: Freshet, tmp_path: Path) -> None:
    known = freshet.environment.registries[TLS]
    account = known.accounts[0]
    authority = tmp_path / "ca.pem"
    authority.write_text(known.ca_certificate_pem or "")

    without = add(freshet, TLS, account=account)
    with_it = add(freshet, TLS, "--ca", str(authority), account=account)

    assert without.returncode == 1
    assert "FAILED  tls" in without.stderr
    assert "was not added" in without.stderr
    assert with_it.returncode == 0, with_it.stderr
    assert outcomes(freshet, TLS)["tls"] == "passed"


def test_new_password_takes_the_place_of_a_wrong_one(freshet: Freshet) -> None:
    account = freshet.environment.registries[BASIC].accounts[0]
    wrong = Account(username=account.username, password="wrong-password")
    assert add(freshet, BASIC, "--no-test", account=wrong).returncode == 0
    assert outcomes(freshet, BASIC)["login"] == "failed"

    changed = freshet("registry", "update", BASIC, "--password-stdin", typed=account.password)

    assert changed.returncode == 0, changed.stderr
    assert outcomes(freshet, BASIC)["login"] == "passed"


def test_password_that_is_typed_is_not_shown(freshet: Freshet) -> None:
    known = freshet.environment.registries[BASIC]
    account = known.accounts[0]
    assert add(freshet, OPEN, "--no-test").returncode == 0  # the service runs
    ours, theirs = os.openpty()
    words = ("registry", "add", "typed", "--domain", known.domain, "--username", account.username)

    with subprocess.Popen(
        freshet.command(*words),
        env=freshet.process_environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        said = os.read(ours, 1000)
        os.write(ours, f"{account.password}\n".encode())
        while chunk := _read(ours):
            said += chunk
    os.close(ours)

    assert process.returncode == 0, said
    assert b"password:" in said
    assert account.password.encode() not in said


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1000)
    except OSError:  # the other side is closed
        return b""


@pytest.fixture
def registries_file(freshet: Freshet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a file of registries whose secrets are in variables and in a file."""
    known = freshet.environment.registries
    alice, bob = known[TOKEN].account("alice"), known[TOKEN].account("bob")
    monkeypatch.setenv("TOKEN_OF_ALICE", alice.password)
    (tmp_path / "bob").write_text(f"{bob.password}\n")
    (tmp_path / "bob").chmod(0o600)
    (tmp_path / "ca.pem").write_text(known[TLS].ca_certificate_pem or "")
    path = tmp_path / "registries.yml"
    path.write_text(
        f"""\
registries:
  - name: alice
    domain: {known[TOKEN].domain}
    username: {alice.username}
    password: {{env: TOKEN_OF_ALICE}}
    primary: true
    default: true
  - name: bob
    domain: {known[TOKEN].domain}
    username: {bob.username}
    password: {{file: bob}}
    fallback: open
  - name: open
    domain: {known[OPEN].domain}
    cache: true
  - name: tls
    domain: {known[TLS].domain}
    ca: {{file: ca.pem}}
settings: {{default_push: explicit}}
"""
    )
    return path


def test_file_connects_all_registries_and_then_changes_nothing(
    freshet: Freshet, registries_file: Path
) -> None:
    apply = ("registry", "apply", "-f", str(registries_file))

    wanted = freshet(*apply, "--check")
    applied = freshet(*apply, "--yes")
    again = freshet(*apply, "--check", "--prune")

    assert (wanted.returncode, applied.returncode) == (1, 0), applied.stderr
    assert (again.returncode, again.stderr) == (0, "")
    for name, repository in (("alice", "alice/app"), ("bob", "bob/app")):
        tried = outcomes(freshet, name, "--repository", repository)
        assert (tried["login"], tried["push"]) == ("passed", "passed")
    assert outcomes(freshet, "tls")["tls"] == "passed"


def test_secrets_of_a_file_are_neither_shown_nor_left_readable(
    freshet: Freshet, registries_file: Path
) -> None:
    apply = ("registry", "apply", "-f", str(registries_file), "--format", "json")
    ended = [freshet(*apply, "--yes"), freshet("registry", "export"), freshet(*apply, "--check")]

    texts = [done.stdout + done.stderr for done in ended]
    files = [path for path in freshet.state.rglob("*") if path.is_file()]
    texts += [path.read_bytes().decode(errors="replace") for path in files]
    passwords = [account.password for account in freshet.environment.registries[TOKEN].accounts]
    assert files
    assert not [password for password in passwords for text in texts if password in text]


def test_logins_of_docker_are_taken_over(freshet: Freshet, tmp_path: Path) -> None:
    known = freshet.environment.registries[BASIC]
    pair = f"{known.username}:{known.password}".encode()
    auths = {known.domain: {"auth": base64.b64encode(pair).decode()}}
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))

    taken = freshet("registry", "import", "--docker-config", str(tmp_path), "--yes")

    assert taken.returncode == 0, taken.stderr
    assert known.password not in taken.stdout + taken.stderr
    name = known.domain.replace(".", "-").replace(":", "-")
    assert outcomes(freshet, name)["login"] == "passed"
