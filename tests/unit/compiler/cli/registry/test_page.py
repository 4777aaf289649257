"""The commands and the file of `docs/registries.md` work as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compiler.cli.command import command_named
from tests.engine.certificates import Authority

if TYPE_CHECKING:
    from tests.unit.compiler.cli.registry.conftest import Registry

PAGE = Path(__file__).resolve().parents[5].joinpath("docs", "registries.md").read_text("utf-8")
COMMANDS = [
    shlex.split(re.split(r"[>|]", command.partition("freshet registry ")[2])[0])
    for command in re.findall(r"^    (.*freshet registry .*)$", PAGE.replace("\\\n", ""), re.M)
]
ADDED = [words for words in COMMANDS if words[0] == "add"]


def test_page_has_commands() -> None:
    assert len(COMMANDS) > 20
    assert len(ADDED) > 10


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_command_of_the_page_is_understood(words: list[str]) -> None:
    assert command_named("registry").parser().parse_args(words).action == words[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with the files that the page names."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "aws-key").write_text("secret")
    (folder / "key.json").write_text(json.dumps({"project_id": "shop"}))
    authority = Authority.new("Private")
    authority.issue("client").write(folder, "client")
    for name in ("ca.pem", "client.pem"):
        (folder / name).write_bytes((folder / "client.crt").read_bytes())
    for path in folder.iterdir():
        path.chmod(0o600)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TOKEN", "secret")


@pytest.mark.parametrize("words", ADDED, ids=" ".join)
def test_registry_of_the_page_can_be_added(
    registry: Registry, folder: None, words: list[str]
) -> None:
    words = ["env:TOKEN" if word == "prompt" else word for word in words]

    added = registry(*words)

    assert (added.exit_code, [line for line in added.err.splitlines() if "warning" in line]) == (
        0,
        [],
    ), added.err
    assert registry("show", words[1]).exit_code == 0


def test_file_of_the_page_can_be_applied(registry: Registry, folder: None) -> None:
    [text] = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
    Path("registries.yml").write_text(text)

    applied = registry("apply", "-f", "registries.yml", "--yes")

    assert applied.exit_code == 0, applied.err
    assert registry("apply", "-f", "registries.yml", "--check").exit_code == 0
