"""Catalogs are read strictly, and every mistake has its place."""

import json

import pytest

from compiler.account import Account
from compiler.catalog import Catalog, read_catalog
from compiler.diagnostics import Findings
from compiler.source import Source


def read(text: str) -> tuple[Catalog, Findings]:
    findings = Findings()
    return read_catalog(Source("catalog.yml", text, text.encode()), findings), findings


def test_everything_that_may_be_said_is_read() -> None:
    text = """\
registries:
  - {name: ghcr, provider: ghcr, prefix: acme, default: true, cache: false}
  - name: '1'
    domain: one.test
    fallback: ghcr
settings: {default_push: never}
git: [github, gitlab]
clusters: []
"""

    catalog, findings = read(text)

    assert not findings.in_order()
    assert catalog.registries
    ghcr, one = catalog.registries
    assert ghcr.texts == {"name": "ghcr", "provider": "ghcr", "prefix": "acme"}
    assert ghcr.flags == ("default",)
    assert ghcr.places["prefix"].start.line == 2
    assert (one.name, one.texts["fallback"]) == ("1", "ghcr")
    assert catalog.default_push == "never"
    assert catalog.account == Account(git=("github", "gitlab"), clusters=(), variables=None)


def test_section_that_is_missing_says_that_nothing_is_known() -> None:
    catalog, findings = read("variables: [A]")

    assert not findings.in_order()
    assert catalog.registries is None
    assert catalog.default_push == "auto"
    assert catalog.account == Account(variables=frozenset({"A"}))


def test_json_is_read_too() -> None:
    said = {"registries": [{"name": "hub", "provider": "dockerhub"}], "git": []}

    catalog, findings = read(json.dumps(said, indent="\t"))

    assert not findings.in_order()
    assert catalog.registries
    assert [each.name for each in catalog.registries] == ["hub"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("FR112", 1, 1)]),
        ("[a]", [("FR112", 1, 1)]),
        ("registries: {a: b}", [("FR112", 1, 13)]),
        ("registries: [a]", [("FR112", 1, 14)]),
        ("registries: [{}]", [("FR111", 1, 14)]),
        ("registries: [{name: 3}]", [("FR112", 1, 21)]),
        ("registries: [{name: ''}]", [("FR121", 1, 21)]),
        ("registries: [{name: a, colour: red}]", [("FR110", 1, 24)]),
        ("registries: [{name: a, default: yes}]", [("FR112", 1, 33)]),
        ("registries: [{name: a, provider: docker}]", [("FR113", 1, 34)]),
        ("registries:\n- name: a\n- name: a", [("FR501", 3, 9)]),
        (
            "registries:\n- {name: a, cache: true}\n- {name: b, cache: true}",
            [("FR501", 3, 20)],
        ),
        (
            "registries:\n- {name: a, default: true}\n- {name: b, default: true}",
            [("FR501", 3, 22)],
        ),
        ("registries:\n- {name: a, default: false}\n- {name: b, default: true}", []),
        ("setings: {}", [("FR110", 1, 1)]),
        ("settings: {default_push: sometimes}", [("FR113", 1, 26)]),
        ("settings: {default_push: true}", [("FR112", 1, 26)]),
        ("settings: auto", [("FR112", 1, 11)]),
        ("git: github", [("FR112", 1, 6)]),
        ("git: [a, a]", [("FR501", 1, 10)]),
        ("clusters: [{name: a}]", [("FR112", 1, 12)]),
        ("variables: {A: b}", [("FR112", 1, 12)]),
        ("git: [a\n", [("FR101", 1, 6)]),
        ("git: [a]\ngit: [b]", [("FR102", 2, 1)]),
    ],
)
def test_mistake_has_its_code_and_its_place(
    text: str, expected: list[tuple[str, int, int]]
) -> None:
    _, findings = read(text)

    found = [
        (each.code, each.span.start.line, each.span.start.column) for each in findings.in_order()
    ]
    assert found == expected


@pytest.mark.parametrize(
    "key", ["password", "token", "secret_access_key", "accessKeyId", "keyfile", "credentials"]
)
def test_secret_is_refused(key: str) -> None:
    _, findings = read(f"registries: [{{name: a, {key}: x}}]")

    [found] = findings.in_order()
    assert found.code == "FR500"
    assert "nobody logs in with it" in found.help
