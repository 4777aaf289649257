"""Accounts in the shape of the platform's validator, against whole pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from compiler import check_pipeline
from tests.conformance.account import account_of

_TWO_OF_EACH: Mapping[str, Any] = {
    "git": [{"metadata": {"name": "spare"}}, {"metadata": {"name": "main", "default": True}}],
    "clusters": [{"selector": "one"}],
    "registries": [
        {"name": "hub", "domain": "docker.io", "provider": "dockerhub"},
        {"name": "aws", "domain": "1.ecr.test", "provider": "ecr", "default": True},
        {"name": "plain"},
        {"name": "mirror", "domain": "docker.io"},
    ],
    "variables": {"KNOWN": ""},
    "autoPush": True,
}
_NOTHING: dict[str, Any] = {"git": [], "registries": []}


@pytest.mark.parametrize(
    ("step", "context", "codes"),
    [
        ("{type: git-clone, repo: a/b}", _NOTHING, ["FR400"]),
        ("{type: git-clone, repo: a/b, git: x}", _NOTHING, ["FR400"]),
        ("{type: git-clone, repo: a/b, git: '${{X}}'}", _TWO_OF_EACH, ["FR401"]),
        ("{type: git-clone, repo: a/b, git: '${{KNOWN}}'}", _TWO_OF_EACH, []),
        ("{type: git-clone, repo: a/b, git: x}", _TWO_OF_EACH, ["FR402"]),
        ("{type: git-clone, repo: a/b, arguments: {git: x}}", _TWO_OF_EACH, ["FR402"]),
        ("{type: git-clone, repo: a/b, git: CF-default}", _TWO_OF_EACH, []),
        ("{type: git-clone, repo: a/b}", _TWO_OF_EACH, ["FR403"]),
        (
            "{type: git-clone, repo: a/b, credentials: {username: a, password: b}}",
            _NOTHING,
            [],
        ),
        ("{type: push, candidate: a/b}", _NOTHING, ["FR200"]),
        ("{type: push, candidate: a/b, registry: aws}", _NOTHING, ["FR200"]),
        ("{type: push, candidate: a/b, registry: gcr.io}", _NOTHING, []),
        ("{type: push, candidate: a/b, registry: '${{X}}'}", _TWO_OF_EACH, ["FR201"]),
        ("{type: push, candidate: a/b, registry: asw}", _TWO_OF_EACH, ["FR202"]),
        ("{type: push, candidate: a/b, arguments: {registry: asw}}", _TWO_OF_EACH, ["FR202"]),
        (
            "{type: push, candidate: a/b, registry: aws, registry_context: x}",
            _TWO_OF_EACH,
            ["FR202"],
        ),
        ("{type: push, candidate: '${{X}}', registry: asw}", _TWO_OF_EACH, ["FR202"]),
        ("{type: push, candidate: a/b}", _TWO_OF_EACH, ["FR203"]),
        ("{type: build, image_name: a/b}", _NOTHING, ["FR204"]),
        ("{type: build, image_name: a/b, disable_push: true}", _NOTHING, []),
        ("{type: build, image_name: a/b}", _NOTHING | {"disablePush": True}, []),
        ("{type: build, image_name: '${{X}}/b', registry: asw}", _TWO_OF_EACH, ["FR202"]),
        (
            "{type: build, image_name: a/b, registry: aws, registry_contexts: [hub, mirror]}",
            _TWO_OF_EACH,
            ["FR207"],
        ),
        ("{type: build, image_name: a/b, registry: aws}", _TWO_OF_EACH, []),
    ],
)
def test_step_is_checked_against_the_account(
    step: str, context: Mapping[str, Any], codes: list[str]
) -> None:
    registries, account = account_of(context)
    content = f"version: '1.0'\nsteps:\n  step: {step}\n".encode()

    checked = check_pipeline(content, registries=registries, account=account)

    assert [each.code for each in checked.diagnostics] == codes
