"""Credentials of the machine itself: helper programs and the environment."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest

from registry_service.credentials.helper import helper_credentials
from registry_service.errors import HelperFailed, VariableMissing
from registry_service.registries import EnvironmentLogin, HelperLogin
from tests.unit.registry_service.credentials.conftest import Issuing, registry_with

SECRET = "canary-of-the-helper"
LOGIN = HelperLogin(suffix="kept")
GOOD = json.dumps({"ServerURL": "registry.test", "Username": "ann", "Secret": SECRET})


def install(folder: Path, script: str) -> dict[str, str]:
    """Make a helper of a shell `script`; return an environment that has it in its path."""
    program = folder / "docker-credential-kept"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


async def test_helper_is_asked_for_the_domain(issuing: Issuing, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    script = f"echo $# $1 > {asked}; cat >> {asked}; echo {shlex.quote(GOOD)}"
    environment = install(tmp_path, script)

    issued = await issuing(environment).issue(registry_with(LOGIN))

    assert (issued.domain, issued.username, issued.password) == ("registry.test", "ann", SECRET)
    assert asked.read_text() == "1 get\nregistry.test"


async def test_docker_hub_has_its_old_address_for_helpers(issuing: Issuing, tmp_path: Path) -> None:
    environment = install(tmp_path, f"cat > {tmp_path}/asked; echo {shlex.quote(GOOD)}")

    await issuing(environment).issue(registry_with(LOGIN, domain="docker.io"))

    assert (tmp_path / "asked").read_text() == "https://index.docker.io/v1/"


async def test_identity_token_keeps_its_mark(issuing: Issuing, tmp_path: Path) -> None:
    answer = json.dumps({"Username": "<token>", "Secret": SECRET})
    environment = install(tmp_path, f"echo {shlex.quote(answer)}")

    issued = await issuing(environment).issue(registry_with(LOGIN))

    assert issued.username == "<token>"


async def test_helper_does_not_see_the_sealing_key(issuing: Issuing, tmp_path: Path) -> None:
    environment = install(tmp_path, f"env > {tmp_path}/seen; echo {shlex.quote(GOOD)}")

    await issuing({**environment, "FRESHET_SEALING_KEY": "k", "HOME": "/h"}).issue(
        registry_with(LOGIN)
    )

    seen = (tmp_path / "seen").read_text()
    assert "HOME=/h" in seen
    assert "FRESHET" not in seen


@pytest.mark.parametrize(
    ("script", "words", "exit_status"),
    [
        ("echo credentials not found in native keychain; exit 1", "has no credentials for", 1),
        ("echo cannot open the vault; exit 7", r"failed: cannot open the vault \(exit status 7", 7),
        (f"echo {shlex.quote(GOOD)}; exit 3", r"failed \(exit status 3\)", 3),
        ("exit 127", "exit status 127", 127),
        ("kill -9 $$", "exit status -9", -9),
        ("echo garbage", "answers without", None),
        ("echo '[]'", "answers without", None),
        ("""echo '{"Username": "ann"}'""", "answers without", None),
        ("""echo '{"Username": "ann", "Secret": 7}'""", "answers without", None),
        ("exec </dev/null; echo no", "answers without", None),
        ("yes", "wrote more than 65536 bytes", -9),
    ],
)
async def test_failing_helper_is_named_with_its_exit_status(
    issuing: Issuing, tmp_path: Path, script: str, words: str, exit_status: int | None
) -> None:
    environment = install(tmp_path, script)

    with pytest.raises(HelperFailed, match=words) as raised:
        await issuing(environment).issue(registry_with(LOGIN))

    assert raised.value.program == "docker-credential-kept"
    assert raised.value.exit_status == exit_status
    assert SECRET not in str(raised.value)


async def test_missing_helper_is_told(issuing: Issuing) -> None:
    with pytest.raises(HelperFailed, match="`docker-credential-kept` is not found in the PATH"):
        await issuing({"PATH": "/nonexistent"}).issue(registry_with(LOGIN))


async def test_slow_helper_is_ended_with_what_it_started(tmp_path: Path) -> None:
    environment = install(tmp_path, f"sleep 60 & echo $! > {tmp_path}/child; wait")

    with pytest.raises(HelperFailed, match=r"gave no answer in 0\.5 s"):
        await helper_credentials(registry_with(LOGIN), LOGIN, environment, timeout_s=0.5)

    child = int((tmp_path / "child").read_text())
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] in "ZX"


async def test_environment_is_read_at_each_issue(issuing: Issuing) -> None:
    environment = {"USER_OF_IT": "ann", "PASSWORD_OF_IT": "one"}
    login = EnvironmentLogin(username_variable="USER_OF_IT", password_variable="PASSWORD_OF_IT")
    issuer = issuing(environment)
    first = await issuer.issue(registry_with(login))
    environment["PASSWORD_OF_IT"] = "two"

    second = await issuer.issue(registry_with(login))

    assert (first.username, first.password, second.password) == ("ann", "one", "two")


@pytest.mark.parametrize("environment", [{}, {"USER_OF_IT": "ann"}, {"USER_OF_IT": "ann", "P": ""}])
async def test_missing_variable_is_named(issuing: Issuing, environment: dict[str, str]) -> None:
    login = EnvironmentLogin(username_variable="USER_OF_IT", password_variable="P")

    with pytest.raises(VariableMissing) as raised:
        await issuing(environment).issue(registry_with(login))

    assert raised.value.variable == ("P" if environment else "USER_OF_IT")
