"""Registries are taken over from files of Docker, Codefresh and Terraform.

A case is a file `import/NAME.FORMAT.json` and what becomes of it in `NAME.expected.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.compiler.cli.registry.conftest import Lines, Registry

CASES = Path(__file__).parent / "import"
FILES = sorted(path for path in CASES.glob("*.json") if "expected" not in path.name)
OPTIONS = {"docker": "--docker-config", "codefresh": "--codefresh", "terraform": "--terraform"}
SECRET = "hunter2-hunter2"


def option_of(path: Path) -> str:
    return OPTIONS[path.suffixes[0].removeprefix(".")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_gives_what_is_expected_of_it(registry: Registry, lines: Lines, path: Path) -> None:
    expected = json.loads((CASES / f"{path.name.split('.')[0]}.expected.json").read_text())

    taken = registry("import", option_of(path), str(path), "--yes", "--format", "json")

    found = {
        "changes": lines(taken.json["changes"]),
        "left_out": taken.json["left_out"],
        "notes": taken.json["notes"],
    }
    assert found == expected
    assert taken.exit_code == (1 if expected["left_out"] else 0)
    assert SECRET not in taken.out + taken.err
    names = [line.split()[1] for line in expected["changes"] if line.startswith("+")]
    listed = registry("list", "--format", "json").json
    assert {each["name"] for each in listed} == set(names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_that_was_taken_over_changes_nothing_again(registry: Registry, path: Path) -> None:
    registry("import", option_of(path), str(path), "--yes")
    before = registry("list", "--format", "json").out

    again = registry("import", option_of(path), str(path), "--yes", "--format", "json")

    assert again.json["changes"] == []
    assert again.json["kept"]
    assert registry("list", "--format", "json").out == before


def test_dry_run_changes_nothing(registry: Registry) -> None:
    shown = registry("import", "--docker-config", str(CASES / "logins.docker.json"), "--dry-run")

    assert shown.exit_code == 0
    assert "+ ghcr\n" in shown.out
    assert "no registries yet" in registry("list").out


def test_yaml_of_an_account_is_read_too(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "account.yml"
    path.write_text("registries:\n- {_id: '1', name: a, provider: other, domain: a.test}\n")

    assert registry("import", "--codefresh", str(path), "--yes").exit_code == 0

    assert registry("show", "a").exit_code == 0


def test_docker_configuration_is_found_where_docker_looks(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text('{"auths": {"a.test": {"auth": "bWU6eA=="}}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    assert registry("import", "--yes").exit_code == 0

    assert "password" in registry("show", "a-test").out


def test_another_registry_of_the_name_is_left_alone(registry: Registry) -> None:
    registry("add", "ghcr", "--domain", "one.test")

    taken = registry("import", "--docker-config", str(CASES / "logins.docker.json"), "--yes")

    assert taken.exit_code == 1
    assert "left out: ghcr: there is another registry of this name, with the domain" in taken.err
    assert registry("show", "ghcr", "--format", "json").json["domain"] == "one.test"


def test_roles_that_are_taken_stay(registry: Registry) -> None:
    registry("add", "first", "--domain", "first.test")

    taken = registry("import", "--codefresh", str(CASES / "account.codefresh.json"), "--yes")

    assert 'hub: "first" stays the default registry' in taken.err
    settings = registry("set-cache", "first", "--format", "json").json
    assert settings["default"] == "first"


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a credential helper into the path that knows Docker Hub alone."""
    program = tmp_path / "docker-credential-desktop"
    program.write_text(
        "#!/bin/sh\n"
        "read -r server\n"
        'case "$1 $server" in\n'
        "'get https://index.docker.io/v1/')\n"
        f"""  echo '{{"ServerURL": "x", "Username": "me", "Secret": "{SECRET}"}}' ;;\n"""
        "*) echo credentials not found; exit 1 ;;\n"
        "esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return program


def test_credential_helpers_are_asked_when_that_is_wished(registry: Registry, helper: Path) -> None:
    path = CASES / "helpers.docker.json"

    taken = registry("import", "--docker-config", str(path), "--resolve", "--yes")

    assert taken.exit_code == 0, taken.err
    shown = registry("show", "dockerhub", "--format", "json").json
    assert (shown["login"], shown["username"], shown["secret_set"]) == ("password", "me", True)
    assert '"docker-credential-ecr-login" cannot be asked about' in taken.err
    assert SECRET not in taken.out + taken.err


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--codefresh", '{"a": 1}', "is no list of registries"),
        ("--terraform", '{"resources": []}', "no resource of type codefresh_registry"),
        ("--docker-config", '{"auths": {"a": {"auth": "hunter2-hunter2"}', "has mistakes"),
    ],
)
def test_file_of_another_kind_is_refused(
    registry: Registry, tmp_path: Path, option: str, text: str, told: str
) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)

    refused = registry("import", option, str(path), "--yes")

    assert refused.exit_code == 2
    assert told in refused.err
    assert SECRET not in refused.err
