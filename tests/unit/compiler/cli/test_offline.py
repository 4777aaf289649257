"""Pipelines are checked and compiled beside a catalog, without any service."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.cli.command import run_command_line
from compiler.cli.registry.facts import PROVIDER_WORDS
from compiler.registries import DEFAULT_PUSHES, PROVIDERS
from freshet.registry.v1.registry_pb2 import RegistrySettings

PIPELINE = """\
version: '1.0'
steps:
  clone: {type: git-clone, repo: acme/app, git: gitlab}
  image: {type: build, image_name: app, registry: gchr, registry_contexts: [hub, no]}
  there: {type: push, candidate: '${{image}}', image_name: ann/app, registry: '${{WHERE}}'}
"""
CATALOG = """\
registries:
  - {name: ghcr, provider: ghcr, prefix: acme, default: true}
  - {name: hub, provider: dockerhub, username: ann}
  - {name: gcr, provider: gcr, domain: gcr.io, project: shop}
  - name: aws
    provider: ecr
    domain: 123456789012.dkr.ecr.eu-west-1.amazonaws.com
    region: eu-west-1
git: [github]
variables: []
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "codefresh.yml").write_text(PIPELINE)
    (tmp_path / "catalog.yml").write_text(CATALOG)
    return tmp_path


def found(directory: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, int, int]]:
    catalog, pipeline = directory / "catalog.yml", directory / "codefresh.yml"
    run_command_line(["check", "--catalog", str(catalog), str(pipeline), "--format", "json"])
    [file] = json.loads(capsys.readouterr().out)["files"]
    starts = [(each["code"], each["span"]["start"]) for each in file["diagnostics"]]
    return [(code, start["line"], start["column"]) for code, start in starts]


def test_user_checks_a_pipeline_beside_a_catalog(directory: Path) -> None:
    command = [sys.executable, "-m", "compiler", "check", "--catalog", "catalog.yml"]

    ended = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60)

    assert (ended.returncode, ended.stderr) == (1, "")
    assert 'codefresh.yml:4:51: error[FR202]: there is no registry "gchr"' in ended.stdout
    assert "help: did you mean `gcr` or `ghcr`?" in ended.stdout


def test_every_name_is_looked_up(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(directory, capsys) == [
        ("FR402", 3, 49),
        ("FR202", 4, 51),
        ("FR202", 4, 82),
        ("FR201", 5, 79),
    ]


def test_empty_catalog_knows_nothing_and_asks_nothing(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / "catalog.yml").write_text("{}")

    assert found(directory, capsys) == []


@pytest.mark.parametrize(
    ("mode", "codes"), [("auto", []), ("never", []), ("explicit", [("FR204", 3, 3)])]
)
def test_settings_decide_what_a_build_without_a_word_does(
    directory: Path, capsys: pytest.CaptureFixture[str], mode: str, codes: list[object]
) -> None:
    (directory / "codefresh.yml").write_text(
        "version: '1.0'\nsteps:\n  image: {type: build, image_name: app}\n"
    )
    (directory / "catalog.yml").write_text(f"{CATALOG}settings: {{default_push: {mode}}}\n")

    assert found(directory, capsys) == codes


def test_plan_is_made_beside_a_catalog(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (directory / "codefresh.yml").write_text("""\
version: '1.0'
steps:
  image: {type: build, image_name: app}
  google: {type: push, candidate: '${{image}}', registry: gcr}
  amazon: {type: push, candidate: '${{image}}', registry: aws}
""")
    file = str(directory / "codefresh.yml")

    code = run_command_line(
        ["compile", "--catalog", str(directory / "catalog.yml"), file, "--branch", "main"]
    )

    plan = capsys.readouterr().out
    assert code == 0
    assert "ghcr.io/acme/app" in plan
    assert "gcr.io/shop/app" in plan
    assert "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app" in plan


@pytest.mark.parametrize(
    ("catalog", "said"),
    [
        ("registries: [{name: a}]", 'catalog.yml:1:21: error[FR502]: "domain": it is needed'),
        (
            "registries: [{name: a, provider: ghcr, prefix: /x}]",
            'catalog.yml:1:48: error[FR502]: "prefix": "/x" must not begin',
        ),
        (
            "registries:\n- {name: a, provider: ghcr, cache: false}\n"
            "- {name: hub, provider: dockerhub, cache: true}",
            'catalog.yml:3:43: error[FR502]: "cache": Docker Hub cannot be',
        ),
        (
            "registries: [{name: a, provider: ghcr, fallback: b}]",
            'catalog.yml:1:50: error[FR502]: "fallback": there is no registry',
        ),
        ("registries: [{name: a/b, provider: ghcr}]", "catalog.yml:1:21: error[FR502]"),
        ("registries: [{nam: a}]", "catalog.yml:1:15: error[FR110]"),
        ("[" * 2000, "error[FR103]"),
        (f"git: [{'3, ' * 2000}]", "error[FR112]"),
    ],
)
def test_mistake_in_the_catalog_ends_the_command(
    directory: Path, capsys: pytest.CaptureFixture[str], catalog: str, said: str
) -> None:
    (directory / "catalog.yml").write_text(catalog)

    code = run_command_line(
        ["check", "--catalog", str(directory / "catalog.yml"), str(directory / "codefresh.yml")]
    )

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert said in told.err
    assert 'catalog.yml" has mistakes' in told.err


def test_secret_in_a_catalog_is_refused_and_not_repeated(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / "catalog.yml").write_text(
        "registries: [{name: a, provider: ghcr, password: hunter2}]"
    )

    code = run_command_line(
        ["check", "--catalog", str(directory / "catalog.yml"), str(directory / "codefresh.yml")]
    )

    told = capsys.readouterr()
    assert code == 2
    assert "catalog.yml:1:40: error[FR500]" in told.err
    assert "hunter2" not in told.err + told.out


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_catalog_that_cannot_be_read_is_told(
    directory: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    path = directory / "other.yml"
    if content:
        path.write_bytes(content)

    code = run_command_line(["check", "--catalog", str(path), str(directory / "codefresh.yml")])

    assert code == 2
    assert capsys.readouterr().err.startswith(f'freshet: the catalog "{path}" ')


def test_catalog_and_contract_use_the_same_words() -> None:
    assert set(PROVIDERS) == set(PROVIDER_WORDS.values())
    modes = {f"DEFAULT_PUSH_{mode.upper()}" for mode in DEFAULT_PUSHES}
    assert modes | {"DEFAULT_PUSH_UNSPECIFIED"} == set(RegistrySettings.DefaultPush.keys())
