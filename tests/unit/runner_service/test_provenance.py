"""What a statement about an image says."""

import json
from dataclasses import replace

import pytest

from freshet.plan.v1.plan_pb2 import Plan, Step
from runner_service.provenance import (
    Material,
    Origin,
    plan_digest,
    pulled_image,
    source_of,
    statement,
)

HEX = "ab" * 32
BASE = Material(uri="pkg:docker/docker.io/library/alpine@3.20", algorithm="sha256", digest=HEX)
ORIGIN = Origin(
    run="runs/6b0487c73be811bcd320e476",
    pipeline="shop/main",
    step_id="image",
    plan=Plan(steps=[Step(id="image")]),
    variable_names=("TOKEN", "CF_BRANCH"),
    source=source_of(f"archives/{HEX}", "", ""),
    materials=(BASE, BASE),
    started="2026-11-28T05:00:00Z",
)


def test_statement_names_image_source_plan_and_materials_by_digest() -> None:
    told = json.loads(statement("ghcr.io/acme/app", f"sha256:{HEX}", ORIGIN))

    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://slsa.dev/provenance/v1"
    assert told["subject"] == [{"name": "ghcr.io/acme/app", "digest": {"sha256": HEX}}]
    definition = told["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {
        "pipeline": "shop/main", "step": "image", "variables": ["CF_BRANCH", "TOKEN"],
    }  # fmt: skip
    assert definition["internalParameters"] == {"materialsKnown": True}
    assert definition["resolvedDependencies"] == [
        {"name": "source", "uri": f"urn:freshet:archives/{HEX}", "digest": {"sha256": HEX}},
        {"name": "plan", "digest": {"sha256": plan_digest(ORIGIN.plan)}},
        {"uri": BASE.uri, "digest": {"sha256": HEX}},
    ]
    assert told["predicate"]["runDetails"]["metadata"]["invocationId"] == ORIGIN.run


def test_same_facts_make_the_same_bytes_and_other_plans_others() -> None:
    other = replace(ORIGIN, plan=Plan(steps=[Step(id="other")]))

    assert statement("a", f"sha256:{HEX}", ORIGIN) == statement("a", f"sha256:{HEX}", ORIGIN)
    assert plan_digest(ORIGIN.plan) != plan_digest(other.plan)


def test_what_is_not_known_is_said_to_be_so() -> None:
    origin = replace(ORIGIN, source=None, materials=None)

    definition = json.loads(statement("a", f"sha256:{HEX}", origin))["predicate"]["buildDefinition"]

    assert definition["internalParameters"] == {"materialsKnown": False}
    assert [each["name"] for each in definition["resolvedDependencies"]] == ["plan"]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        (f"[1/2] FROM docker.io/library/alpine:3.20@sha256:{HEX}", BASE.uri),
        (f"[build 1/4] FROM r.test:5000/go@sha256:{HEX}", "pkg:docker/r.test:5000/go"),
        (f"FROM r.test:5000/go:1@sha256:{HEX} ", "pkg:docker/r.test:5000/go@1"),
        ("[1/2] FROM docker.io/library/alpine:3.20", None),
        (f"[2/2] RUN echo sha256:{HEX}", None),
    ],
)
def test_image_that_a_build_pulled_is_read_from_the_name_of_its_part(
    name: str, uri: str | None
) -> None:
    pulled = pulled_image(name)

    assert (pulled.uri if pulled else None) == uri


def test_source_is_the_archive_else_the_commit_else_not_known() -> None:
    commit = source_of("", "https://github.com/acme/app/commit/f00", "f00")

    assert commit == Material(
        uri="https://github.com/acme/app/commit/f00", algorithm="gitCommit", digest="f00"
    )
    assert source_of("", "", "") is None
