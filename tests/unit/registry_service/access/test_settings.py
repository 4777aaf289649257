"""The settings that the registry service has beside those of every service."""

import pytest

from freshet.rpc.configuration import read_settings
from freshet.rpc.settings import InvalidSetting
from registry_service.__main__ import PROGRAM

NEEDED = ("--listen=unix:/run/registry.sock", "--state-directory=/state")
URL = "postgresql://ann:canary@db/freshet"


def test_password_of_the_database_is_no_flag() -> None:
    with pytest.raises(InvalidSetting, match="must not hold a password") as raised:
        read_settings(PROGRAM, [*NEEDED, "--database", URL], {})

    assert "canary" not in str(raised.value)


def test_password_of_the_database_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(PROGRAM, [*NEEDED, "--print-config"], {"FRESHET_REGISTRY_DATABASE": URL})

    printed = capsys.readouterr().out
    assert "(not shown)" in printed
    assert "canary" not in printed
