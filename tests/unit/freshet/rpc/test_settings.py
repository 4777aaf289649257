"""Settings of services: flags before variables before the file, and slips that are refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from freshet.access.v1.access_pb2 import Role
from freshet.rpc.configuration import read_settings
from freshet.rpc.program import ServiceSettings
from freshet.rpc.settings import InvalidSetting, Program

PROGRAM = Program(
    name="example_service",
    prefix="FRESHET_EXAMPLE",
    description="Is an example.",
    epilog="",
    table=ServiceSettings,
)
NEEDED = ("--listen", "unix:/run/flag.sock", "--state-directory", "/state")


def read(
    *arguments: str, environment: Mapping[str, str] | None = None, needed: bool = True
) -> ServiceSettings:
    return read_settings(PROGRAM, (*(NEEDED if needed else ()), *arguments), environment or {})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "service.toml"
    path.write_text('listen = "unix:/run/file.sock"\nlog-level = "debug"\nmetrics = 9464\n')
    return path


def test_defaults_hold_where_nothing_is_said() -> None:
    settings = read()

    assert settings.log_format == "text"
    assert settings.token_role == Role.ROLE_ADMIN
    assert settings.metrics is None


def test_flag_wins_over_the_variable_and_that_over_the_file(file: Path) -> None:
    environment = {
        "FRESHET_EXAMPLE_CONFIG": str(file),
        "FRESHET_EXAMPLE_LISTEN": "unix:/run/variable.sock",
        "FRESHET_EXAMPLE_LOG_LEVEL": "error",
    }

    settings = read(environment=environment)

    assert settings.listen.target == "unix:/run/flag.sock"
    assert settings.log_level == "error"
    assert settings.metrics
    assert settings.metrics.target == "127.0.0.1:9464"


def test_table_of_the_file_and_flags_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "service.toml"
    path.write_text('[certificate-roles]\n"ci.example.org" = "runner"\n"*" = "reader"\n')

    files = ("--certificate=/c", "--private-key=/k", "--client-authority=/a")
    flags = ("--certificate-roles", "ci.example.org=runner", "--certificate-roles=*=reader")

    of_file = read("--config", str(path), *files)
    of_flags = read(*flags, *files)

    assert of_file.certificate_roles == of_flags.certificate_roles
    assert of_file.certificate_roles == {
        "ci.example.org": Role.ROLE_RUNNER,
        "*": Role.ROLE_READER,
    }


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("0", False), ("No", False)])
def test_switch_is_told_by_words_too(text: str, meant: bool) -> None:
    assert read(environment={"FRESHET_EXAMPLE_INSECURE": text}).insecure is meant


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('lisen = "x"', 'unknown setting "lisen"; did you mean "listen"'),
        ('colour = "red"', "`--help` lists"),
        ("insecure = 1", "insecure: expected true or false"),
        ("log-level = true", "log-level: expected text"),
        ('certificate-roles = "x"', "expected a table of texts"),
        ('certificate-roles = {"x" = 1}', "expected a table of texts"),
        ('log-level = "loud"', 'log-level: "loud" is none of debug'),
        ('certificate-roles = {"x" = "boss"}', 'no role "boss"; there are reader'),
        ("listen", "is no TOML"),
    ],
)
def test_slip_in_the_file_is_refused_with_its_place(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "service.toml"
    path.write_text(content)

    with pytest.raises(InvalidSetting) as raised:
        read("--config", str(path))

    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_variable_that_is_nearly_right_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"did you mean .*_CLIENT_AUTHORITY"):
        read(environment={"FRESHET_EXAMPLE_CLIENT_AUTORITY": "/ca"})


@pytest.mark.parametrize(
    "name",
    [
        "SERVICE",  # the address that the command line takes
        "SERVICE_HOST",  # and what Kubernetes sets for a service of that name
        "SERVICE_PORT",
        "SERVICE_PORT_GRPC",
        "PORT",
        "PORT_7072_TCP",
        "PORT_7072_TCP_ADDR",
        "PORT_7072_TCP_PROTO",
    ],
)
def test_variables_of_others_are_left_alone(name: str) -> None:
    assert read(environment={f"FRESHET_EXAMPLE_{name}": "10.0.0.1", "PATH": "/bin"}) == read()


def test_what_is_needed_is_named_with_the_ways_to_say_it() -> None:
    with pytest.raises(InvalidSetting, match="--listen is needed, or FRESHET_EXAMPLE_LISTEN"):
        read(needed=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--certificate", "/c"], "need each other"),
        (["--client-authority", "/ca"], "needs a certificate"),
        (["--certificate-roles", "a=reader"], "mean nothing without"),
        (["--token-file", "/nowhere"], "cannot read the token"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        read(*arguments)


def test_printed_settings_tell_where_each_comes_from(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read("--config", str(file), "--print-config")

    printed = capsys.readouterr().out
    assert ended.value.code == 0
    assert 'listen = "unix:/run/flag.sock"  # --listen\n' in printed
    assert f'log-level = "debug"  # "{file}", log-level\n' in printed
    assert "# token-role: admin\n" in printed


def test_printed_settings_are_a_file_that_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--insecure", "--log-level=error", "--metrics=9464")
    with pytest.raises(SystemExit):
        read(*arguments, "--print-config")
    path = tmp_path / "service.toml"
    path.write_text(capsys.readouterr().out)

    assert read("--config", str(path), needed=False) == read(*arguments)


def test_help_tells_of_each_setting_its_variable_and_its_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        read("--help")

    printed = " ".join(capsys.readouterr().out.split())
    assert "(FRESHET_EXAMPLE_TOKEN_ROLE; admin)" in printed
    assert "(FRESHET_EXAMPLE_LOG_FORMAT; text)" in printed
