"""Files of registries are applied, and then nothing is left to do.

A case is a file `apply/NAME.yml`, what it is expected to change in `NAME.plan.json`, and where the
account is not empty, the file that was applied before it, `NAME.before.yml`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.compiler.cli.registry.conftest import Lines, Registry, ScriptedTests

CASES = Path(__file__).parent / "apply"
NAMES = sorted(path.name.removesuffix(".plan.json") for path in CASES.glob("*.plan.json"))
SECRET = "hunter2-hunter2"
TWO = "registries:\n  - {name: a, domain: a.test}\n  - {name: b, domain: b.test, fallback: a}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the secrets that files refer to."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "key.json").write_text(json.dumps({"project_id": "shop", "private_key": SECRET}))
    (folder / "key.json").chmod(0o600)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TOKEN", SECRET)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_file_gives_its_plan_and_then_nothing_is_left_to_do(
    registry: Registry, lines: Lines, folder: Path, name: str
) -> None:
    before = CASES / f"{name}.before.yml"
    for path in (before, CASES / f"{name}.yml"):
        if path.exists():
            shutil.copy(path, folder)
    if before.exists():
        first = registry("apply", "-f", before.name, "--yes")
        assert first.exit_code == 0, first.err

    applied = registry("apply", "-f", f"{name}.yml", "--yes", "--format", "json")

    assert applied.exit_code == 0, applied.err
    assert lines(applied.json["changes"]) == json.loads((CASES / f"{name}.plan.json").read_text())
    again = registry("apply", "-f", f"{name}.yml", "--check")
    assert (again.exit_code, again.out) == (
        0,
        "nothing to do: everything is as the file wants it\n",
    )
    assert SECRET not in applied.out + applied.err


@pytest.mark.parametrize("name", NAMES)
def test_what_is_exported_is_applied_without_a_change(
    registry: Registry, folder: Path, name: str
) -> None:
    shutil.copy(CASES / f"{name}.yml", folder)
    if name == "stored_secret_stays" or name.startswith("way"):
        shutil.copy(CASES / f"{name}.before.yml", folder / f"{name}.yml")
    assert registry("apply", "-f", f"{name}.yml", "--yes").exit_code == 0

    exported = registry("export")

    Path("out.yml").write_text(exported.out)
    assert registry("apply", "-f", "out.yml", "--check", "--prune").exit_code == 0
    assert registry("export").out == exported.out
    Path("out.json").write_text(registry("export", "--format", "json").out)
    assert registry("apply", "-f", "out.json", "--check", "--prune").exit_code == 0
    assert SECRET not in exported.out


def test_changes_are_shown_field_by_field(registry: Registry) -> None:
    Path("two.yml").write_text(TWO)
    registry("apply", "-f", "two.yml", "--yes")
    Path("one.yml").write_text("registries:\n  - {name: b, domain: b.test, prefix: x}\n")

    shown_ = registry("apply", "-f", "one.yml", "--dry-run", "--prune")

    assert shown_.exit_code == 0
    assert shown_.out == (
        "~ b\n    prefix: - -> x\n    fallback: a -> -\n- a\n0 to add, 1 to change, 1 to remove\n"
    )
    assert '"a" is the default registry' in shown_.err
    assert registry("list").out.count("\n") == 3


def test_what_is_not_in_the_file_stays_unless_pruned(registry: Registry) -> None:
    Path("two.yml").write_text(TWO)
    registry("apply", "-f", "two.yml", "--yes")
    Path("none.yml").write_text("registries: []\n")

    kept = registry("apply", "-f", "none.yml", "--yes")
    pruned = registry("apply", "-f", "none.yml", "--yes", "--prune")

    assert "kept, though not in the file: a, b" in kept.err
    assert pruned.exit_code == 0, pruned.err
    assert "no registries yet" in registry("list").out


def test_check_tells_by_its_exit_code_that_something_would_change(registry: Registry) -> None:
    Path("two.yml").write_text(TWO)

    assert registry("apply", "-f", "two.yml", "--check").exit_code == 1

    assert "no registries yet" in registry("list").out


def test_nothing_is_changed_where_nobody_can_confirm(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("two.yml").write_text(TWO)
    with Path("two.yml").open() as no_terminal:
        monkeypatch.setattr("sys.stdin", no_terminal)
        refused = registry("apply", "-f", "two.yml")

    assert refused.exit_code == 2
    assert "--yes" in refused.err
    assert "no registries yet" in registry("list").out


def test_secret_is_sent_again_when_asked_for(registry: Registry, lines: Lines) -> None:
    Path("a.yml").write_text(
        "registries:\n  - {name: a, domain: a.test, username: me, password: {env: TOKEN}}\n"
    )
    registry("apply", "-f", "a.yml", "--yes")

    renewed = registry("apply", "-f", "a.yml", "--yes", "--renew-secrets", "--format", "json")

    assert lines(renewed.json["changes"]) == ["~ a secret=stored -> given anew"]


def test_all_is_refused_when_one_registry_breaks_a_rule(registry: Registry) -> None:
    Path("bad.yml").write_text(
        "registries:\n"
        "  - {name: a, domain: a.test}\n"
        "  - {name: b, domain: b.test, prefix: /x}\n"
        "  - {name: c, domain: c.test, username: me}\n"
        "  - {name: d, domain: d.test, fallback: nowhere}\n"
        "  - {name: e, domain: e.test, primary: true}\n"
        "  - {name: f, domain: e.test, primary: true}\n"
    )

    refused = registry("apply", "-f", "bad.yml", "--yes")

    assert refused.exit_code == 2
    places = [line.partition(" error")[0] for line in refused.err.splitlines() if "[FR" in line]
    assert places == ["bad.yml:3:39:", "bad.yml:4:12:", "bad.yml:5:41:", "bad.yml:7:40:"]
    assert "no registries yet" in registry("list").out


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("{name: a, password: hunter2-hunter2}", "FR503", "1:35"),
        ("{name: a, pasword: hunter2-hunter2}", "FR110", "1:25"),
        ("{name: a, password: {}}", "FR112", "1:35"),
        ("{name: a, password: {env: A, file: b}}", "FR112", "1:35"),
        ("{name: a, password: {vault: A}}", "FR110", "1:36"),
        ("{name: a, username: me, helper: pass}", "FR502", "1:47"),
        ("{name: a, provider: acr, machine_identity: true, username: me}", "FR502", "1:74"),
        ("{name: a, service_environment: {username: A}}", "FR111", "1:46"),
        ("{name: a, ca: {env: A}}", "FR110", "1:30"),
        ("{name: a, default: 1}", "FR112", "1:34"),
        ("{domain: a.test}", "FR111", "1:15"),
        ("a", "FR112", "1:15"),
    ],
)
def test_mistake_has_its_place_and_no_line_of_the_file_is_shown(
    registry: Registry, entry: str, code: str, place: str
) -> None:
    Path("bad.yml").write_text(f"registries: [ {entry} ]")

    refused = registry("apply", "-f", "bad.yml", "--yes")

    assert refused.exit_code == 2
    assert f"bad.yml:{place}: error[{code}]" in refused.err
    assert "hunter2" not in refused.err


def test_secret_that_is_missing_names_variable_and_registry(registry: Registry) -> None:
    Path("a.yml").write_text(
        "registries:\n  - {name: a, domain: a.test, username: me, password: {env: NONE}}\n"
    )

    refused = registry("apply", "-f", "a.yml", "--yes")

    assert refused.exit_code == 2
    assert 'the password of "a" is missing: there is no variable "NONE"' in refused.err


def test_fallback_that_would_be_pruned_is_refused(registry: Registry) -> None:
    Path("two.yml").write_text(TWO)
    registry("apply", "-f", "two.yml", "--yes")
    Path("b.yml").write_text("registries:\n  - {name: b, domain: b.test, fallback: a}\n")

    refused = registry("apply", "-f", "b.yml", "--yes", "--prune")

    assert refused.exit_code == 2
    assert "b.yml:2:41: error[FR502]" in refused.err


def test_file_may_come_from_standard_input(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("two.yml").write_text(TWO)
    with Path("two.yml").open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        applied = registry("apply", "-f", "-", "--yes")

    assert applied.exit_code == 0, applied.err
    assert registry("list").out.count("\n") == 3


def test_what_is_done_is_told_when_something_fails_in_between(
    registry: Registry, scripted: ScriptedTests
) -> None:
    Path("hub.yml").write_text(
        "registries:\n"
        "  - {name: hub, provider: dockerhub, cache: true}\n"
        "  - {name: z, domain: z.test}\n"
    )

    stopped = registry("apply", "-f", "hub.yml", "--yes")

    assert stopped.exit_code == 1
    assert "hub: added\nz: added\n" in stopped.err
    assert "stopped in between; not done: settings" in stopped.err
    assert "Docker Hub cannot be the caching registry" in stopped.err


def test_role_that_a_registry_cannot_have_is_told_before_anything_is_done(
    registry: Registry,
) -> None:
    registry("add", "hub", "--provider", "dockerhub")
    Path("hub.yml").write_text(
        "registries:\n"
        "  - {name: hub, provider: dockerhub, cache: true}\n"
        "  - {name: z, domain: z.test}\n"
    )

    refused = registry("apply", "-f", "hub.yml", "--yes")

    assert refused.exit_code == 2
    assert 'hub.yml:2:45: error[FR502]: "cache": Docker Hub cannot be' in refused.err
    assert registry("list").out.count("\n") == 2
