"""When colours are used."""

import io

import pytest

from compiler.cli.terminal import wants_colour


class Terminal(io.StringIO):
    """What looks like a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no variable of the outside count."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_terminal_gets_colours_and_a_file_none() -> None:
    assert wants_colour(Terminal(), "auto")
    assert not wants_colour(io.StringIO(), "auto")


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_variable_forbids_colours(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    assert not wants_colour(Terminal(), "auto")


def test_option_wins_over_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert wants_colour(io.StringIO(), "always")
    assert not wants_colour(Terminal(), "never")
