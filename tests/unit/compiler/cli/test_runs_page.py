"""The commands of `docs/runs.md` are understood as they stand there."""

import re
import shlex
from pathlib import Path

import pytest

from compiler.cli.command import command_named
from runner_service.settings import RunnerSettings

PAGE = Path(__file__).resolve().parents[4].joinpath("docs", "runs.md").read_text("utf-8")
COMMANDS = [
    shlex.split(command)
    for command in re.findall(r"^    (?:[A-Z_]+=\S+ )*freshet (.*)$", PAGE, re.MULTILINE)
]


def test_page_names_each_action() -> None:
    named = {words[1] for words in COMMANDS if words[0] == "runs"}

    assert named == {"list", "show", "watch", "cancel", "logs", "delete", "provenance"}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_command_of_the_page_is_understood(words: list[str]) -> None:
    parsed = command_named(words[0]).parser().parse_args(words[1:])

    assert parsed.action == (words[1] if words[0] == "runs" else "run")


def test_settings_of_the_page_are_those_of_the_runner() -> None:
    settings = {name.replace("_", "-") for name in RunnerSettings.__dataclass_fields__}

    named = set(re.findall(r"`(archives?-[a-z-]+|workspace-roots)`", PAGE))

    assert len(named) == 5
    assert named <= settings
