"""One registry after the other: add, update, show, list, test, remove, roles."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.certificates import Authority

if TYPE_CHECKING:
    from tests.unit.compiler.cli.registry.conftest import Registry, ScriptedTests

SECRET = "hunter2-hunter2"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.fixture
def ghcr(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    words = ("ghcr", "--provider", "ghcr", "--username", "me", "--secret-from", "env:TOKEN")
    assert registry("add", *words).exit_code == 0


ADDED: list[tuple[tuple[str, ...], dict[str, object]]] = [
    (("--provider", "dockerhub"), {"domain": "docker.io", "login": "anonymous"}),
    (
        ("--provider", "ecr", "--region", "eu-west-1"),
        {"login": "ecr", "region": "eu-west-1", "secret_set": False},
    ),
    (
        (
            *("--provider", "ecr", "--domain", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
            *("--region", "eu-west-1", "--access-key-id", "AKIA", "--secret-from", "env:TOKEN"),
        ),
        {"login": "ecr", "access_key_id": "AKIA", "secret_set": True},
    ),
    (
        ("--provider", "gar", "--location", "europe-north1", "--keyfile", "key.json"),
        {"domain": "europe-north1-docker.pkg.dev", "login": "google", "project": "shop"},
    ),
    (
        ("--provider", "gcr", "--domain", "eu.gcr.io", "--secret-from", "file:key.json"),
        {"login": "google", "project": "shop", "secret_set": True},
    ),
    (
        ("--provider", "acr", "--domain", "acme.azurecr.io", "--managed-identity"),
        {"login": "azure", "client_id": "", "secret_set": False},
    ),
    (
        (
            *("--provider", "acr", "--domain", "acme.azurecr.io", "--client-id", "id"),
            *("--password-env", "TOKEN"),
        ),
        {"login": "azure", "client_id": "id", "secret_set": True},
    ),
    (
        ("--provider", "quay", "--helper", "pass", "--prefix", "acme"),
        {"domain": "quay.io", "login": "helper", "helper": "pass", "prefix": "acme"},
    ),
    (
        ("--domain", "one.test:5000", "--plain-http", "--behind-firewall", "--insecure"),
        {"plain_http": True, "behind_firewall": True, "insecure": True, "primary": True},
    ),
]


@pytest.mark.parametrize(("words", "expected"), ADDED)
def test_each_provider_is_added_with_its_own_options(
    registry: Registry,
    words: tuple[str, ...],
    expected: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", SECRET)
    Path("key.json").write_text(json.dumps({"project_id": "shop", "private_key": SECRET}))
    Path("key.json").chmod(0o600)

    added = registry("add", "mine", *words, "--format", "json")

    assert added.exit_code == 0, added.err
    assert expected.items() <= added.json.items()
    assert SECRET not in added.out + added.err


def test_registry_that_does_not_work_is_not_added(
    registry: Registry, scripted: ScriptedTests
) -> None:
    scripted.failing["one.test"] = "no such user\x1b[2J"

    added = registry("add", "mine", "--domain", "one.test")

    assert added.exit_code == 1
    assert "FAILED  login  no such user\\x1b[2J" in added.err
    assert '"mine" was not added' in added.err
    assert "no registries yet" in registry("list").out


def test_what_may_not_be_meant_is_told_once(registry: Registry) -> None:
    added = registry("add", "one.test", "--domain", "HTTPS://one.test", "--no-test")

    assert added.exit_code == 0
    told = [line for line in added.err.splitlines() if line.startswith("warning: ")]
    assert told[0].endswith("choose a name without dots, such as `one-test`")
    assert told[1:] == ['warning: "HTTPS://one.test" is stored as "one.test"; write `one.test`']


@pytest.mark.parametrize("option", ["--no-test", "--no-verify"])
def test_registry_may_be_added_untried(
    registry: Registry, scripted: ScriptedTests, option: str
) -> None:
    assert registry("add", "mine", "--domain", "one.test", option).exit_code == 0

    assert scripted.asked == []


def test_draft_that_is_tried_has_its_secret_and_its_name(
    ghcr: None, scripted: ScriptedTests
) -> None:
    [asked] = scripted.asked
    assert asked.draft.name == "registries/ghcr"
    assert asked.draft.login.password.password == SECRET


def test_taken_name_is_told_before_anything_is_tried(
    ghcr: None, registry: Registry, scripted: ScriptedTests
) -> None:
    again = registry("add", "ghcr", "--provider", "ghcr")

    assert again.exit_code == 1
    assert 'there is a registry "ghcr" already' in again.err
    assert len(scripted.asked) == 1


def test_refusal_names_the_option(registry: Registry) -> None:
    refused = registry("add", "mine", "--domain", "one.test/path")

    assert refused.exit_code == 1
    assert '--domain: "one.test/path" has a path' in refused.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--username", "me", "--helper", "pass"), "2 ways to log in: helper, password"),
        (("--secret-from", "env:TOKEN"), "nobody who logs in with it"),
        (("--username", "me", "--secret-from", "hunter2-hunter2"), "--secret-from takes"),
        (("--username", "me", "--secret-from", "env:NONE"), 'there is no variable "NONE"'),
        (("--username", "me", "--secret-from", "env:EMPTY"), "is empty"),
        (("--username", "me", "--secret-from", "file:none"), '"none" cannot be read'),
        (("--username", "me", "--secret-from", "prompt"), "there is no terminal"),
        (("--username", "me"), "the password is missing"),
        (
            ("--username", "me", "--password-stdin", "--password", "hunter2-hunter2"),
            "more than one way",
        ),
        (("--ca", "none.pem"), '"none.pem" cannot be read'),
    ],
)
def test_wrong_use_is_told_and_no_secret_repeated(
    registry: Registry,
    typed: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    told: str,
) -> None:
    typed("")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("TOKEN", SECRET)

    ended = registry("add", "mine", "--domain", "one.test", *words)

    assert ended.exit_code == 2
    assert told in ended.err
    assert SECRET not in ended.err


@pytest.mark.parametrize("option", [("--password-stdin",), ("--secret-from", "stdin")])
def test_password_is_read_from_standard_input(
    registry: Registry,
    scripted: ScriptedTests,
    typed: Callable[[str], None],
    option: tuple[str, ...],
) -> None:
    typed(f"{SECRET}\n")

    registry("add", "mine", "--domain", "one.test", "--username", "me", *option)

    assert scripted.asked[0].draft.login.password.password == SECRET


def test_password_on_the_command_line_works_with_a_warning(
    registry: Registry, scripted: ScriptedTests
) -> None:
    added = registry("add", "mine", "--domain", "a.test", "--username", "me", "--password", SECRET)

    assert added.exit_code == 0
    assert "everybody on this machine can read" in added.err
    assert SECRET not in added.out + added.err
    assert scripted.asked[0].draft.login.password.password == SECRET


def test_key_file_that_others_may_read_is_warned_of(registry: Registry, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(SECRET)
    key.chmod(0o644)

    added = registry(
        *("add", "mine", "--domain", "one.test", "--username", "me"),
        *("--secret-from", f"file:{key}"),
    )

    assert added.exit_code == 0
    assert f'others may read "{key}" (mode 0644)' in added.err


def test_password_is_asked_for_on_a_terminal_and_not_shown(
    registry: Registry, scripted: ScriptedTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = os.openpty()
    os.write(ours, f"{SECRET}\n".encode())
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        monkeypatch.setattr("getpass.getpass", lambda _prompt: terminal.readline())
        added = registry("add", "mine", "--domain", "one.test", "--username", "me")
    os.close(ours)

    assert added.exit_code == 0, added.err
    assert scripted.asked[0].draft.login.password.password == SECRET


def test_update_changes_what_is_said_and_nothing_else(ghcr: None, registry: Registry) -> None:
    before = registry("show", "ghcr", "--format", "json").json

    after = registry("update", "ghcr", "--prefix", "acme", "--format", "json").json

    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"prefix", "etag"}
    assert after["secret_set"]


def test_update_changes_the_password_alone(
    ghcr: None, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW", "other")

    after = registry("update", "ghcr", "--secret-from", "env:NEW", "--format", "json")

    assert after.exit_code == 0, after.err
    assert (after.json["username"], after.json["secret_set"]) == ("me", True)


def test_update_takes_values_away(ghcr: None, registry: Registry) -> None:
    registry("update", "ghcr", "--prefix", "acme", "--insecure")

    after = registry("update", "ghcr", "--prefix", "", "--no-insecure", "--anonymous")

    assert after.exit_code == 0, after.err
    shown = registry("show", "ghcr", "--format", "json").json
    assert (shown["prefix"], shown["insecure"], shown["login"]) == ("", False, "anonymous")


def test_update_to_another_way_to_log_in_needs_its_secret(
    registry: Registry, typed: Callable[[str], None]
) -> None:
    typed("")
    registry("add", "mine", "--domain", "one.test")

    refused = registry("update", "mine", "--username", "me")

    assert refused.exit_code == 2
    assert "the password is missing" in refused.err


def test_keys_of_aws_give_way_to_the_machine(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    registry(
        *("add", "aws", "--provider", "ecr", "--region", "eu-west-1", "--access-key-id", "AKIA"),
        *("--domain", "123456789012.dkr.ecr.eu-west-1.amazonaws.com", "--secret-from", "env:TOKEN"),
    )

    after = registry("update", "aws", "--access-key-id", "", "--format", "json").json

    assert (after["login"], after["access_key_id"], after["secret_set"]) == ("ecr", "", False)


def test_update_of_what_changed_meanwhile_is_refused(ghcr: None, registry: Registry) -> None:
    etag = registry("show", "ghcr", "--format", "json").json["etag"]
    assert registry("update", "ghcr", "--prefix", "a", "--if-unchanged", etag).exit_code == 0

    late = registry("update", "ghcr", "--prefix", "b", "--if-unchanged", etag)

    assert late.exit_code == 1
    assert "was changed meanwhile" in late.err
    assert registry("show", "ghcr", "--format", "json").json["prefix"] == "a"


def test_update_that_says_nothing_is_wrong_use(ghcr: None, registry: Registry) -> None:
    assert registry("update", "ghcr").exit_code == 2


def test_list_is_an_aligned_table_without_secrets(ghcr: None, registry: Registry) -> None:
    registry("add", "much-longer-name", "--domain", "one.test", "--cache", "--prefix", "a/b")

    listed = registry("list").out

    assert listed == (
        "NAME              PROVIDER  DOMAIN    PREFIX  LOGIN      ROLES\n"
        "ghcr              ghcr      ghcr.io   -       password   default, primary\n"
        "much-longer-name  other     one.test  a/b     anonymous  cache, primary\n"
    )


def test_show_tells_all_but_what_is_empty(ghcr: None, registry: Registry) -> None:
    lines = dict(line.split(maxsplit=1) for line in registry("show", "ghcr").out.splitlines())

    assert lines["username"] == "me"
    assert lines["secret_set"] == lines["primary"] == "yes"
    assert "prefix" not in lines
    assert lines["etag"]


def test_each_check_is_printed_with_its_mark(
    ghcr: None, registry: Registry, scripted: ScriptedTests
) -> None:
    scripted.failing["registries/ghcr"] = "denied: token expired"

    tried = registry("test", "ghcr", "--repository", "app")

    assert tried.exit_code == 1
    assert tried.out.splitlines() == [
        "ok      reach  here",
        "FAILED  login  denied: token expired",
        "-       pull",
    ]
    assert scripted.asked[-1].repository == "app"


def test_checks_are_told_to_programs(ghcr: None, registry: Registry) -> None:
    tried = registry("test", "ghcr", "--format", "json")

    assert tried.exit_code == 0
    assert tried.json["checks"][1] == {
        "subject": "login",
        "outcome": "passed",
        "reason": "",
        "message": "welcome",
    }


def test_remove_needs_a_yes_where_nobody_can_be_asked(
    ghcr: None, registry: Registry, typed: Callable[[str], None]
) -> None:
    typed("y\n")

    assert registry("remove", "ghcr").exit_code == 2
    assert registry("show", "ghcr").exit_code == 0


def test_remove_says_what_pointed_at_the_registry(ghcr: None, registry: Registry) -> None:
    registry("add", "other", "--domain", "one.test", "--fallback", "ghcr")

    removed = registry("remove", "ghcr", "--yes")

    assert removed.exit_code == 0
    assert '"ghcr" is the default registry' in removed.err
    assert '"ghcr" is the fallback of "other"' in removed.err
    assert registry("show", "ghcr").exit_code == 1


@pytest.mark.parametrize(("answer", "exit_code"), [("y", 0), ("n", 1), ("", 1)])
def test_remove_asks_on_a_terminal(
    ghcr: None,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    exit_code: int,
) -> None:
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        removed = registry("remove", "ghcr")
    os.close(ours)

    assert removed.exit_code == exit_code
    assert 'remove "ghcr"? [y/N]' in removed.err


def test_roles_are_given_and_taken(ghcr: None, registry: Registry) -> None:
    assert registry("set-cache", "ghcr", "--format", "json").json == {
        "default": "ghcr",
        "cache": "ghcr",
        "default_push": "auto",
    }

    assert registry("set-default", "--none").out == "default registry: none\n"
    assert registry("set-default").exit_code == 2
    assert registry("set-default", "absent").exit_code == 1


def test_variables_of_the_service_and_a_client_certificate_are_told_to_it(
    registry: Registry, scripted: ScriptedTests, tmp_path: Path
) -> None:
    Authority.new("Private").issue("client").write(tmp_path, "client")
    certificate, key = tmp_path / "client.crt", tmp_path / "client.key"
    key.chmod(0o600)

    registry(
        *("add", "mine", "--domain", "one.test"),
        *("--service-username-env", "REGISTRY_USER", "--service-password-env", "REGISTRY_PASS"),
        *("--client-certificate", str(certificate), "--client-key", str(key)),
    )

    draft = scripted.asked[0].draft
    assert draft.login.environment.username_variable == "REGISTRY_USER"
    assert draft.login.environment.password_variable == "REGISTRY_PASS"
    assert draft.transport.client_certificate_pem == certificate.read_text()
    assert draft.transport.client_private_key_pem.strip() == key.read_text().strip()
