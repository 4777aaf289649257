"""What is proposed where. The cursor is marked by `¦`."""

import pytest

from compiler.lsp.completion import completion
from compiler.lsp.names import Names
from compiler.lsp.proposals import Proposal
from compiler.syntax.outline_reader import read_outline

_NAMES = Names(registries=("ghcr", "hub"), git=("github",), clusters=("prod",), variables=("KEY",))
_STEPS = """version: '1.0'
stages: [prepare, ship]
steps:
  clone:
    type: git-clone
    repo: acme/app
  image:
    type: build
    image_name: app
  lint:
    type: acme/lint:1.0.0
"""


def _proposals(marked: str) -> list[Proposal]:
    assert marked.count("¦") == 1
    return completion(read_outline(marked.replace("¦", "")), marked.index("¦"), _NAMES)


def _labels(marked: str) -> list[str]:
    return [proposal.label for proposal in _proposals(marked)]


def _applied(marked: str, label: str) -> str:
    """Return the text after a proposal was taken."""
    text = marked.replace("¦", "")
    chosen = next(each for each in _proposals(marked) if each.label == label)
    return text[: chosen.start] + chosen.insert + text[chosen.end :]


_EXACT = {
    "version: '1.0'\nmode: ¦": ["sequential", "parallel"],
    "version: '1.0'\nmode: par¦": ["sequential", "parallel"],
    "fail_fast: ¦": ["true", "false"],
    "steps:\n  a:\n    shell: ¦": ["sh", "bash"],
    "steps:\n  a: {shell: ¦": ["sh", "bash"],
    "steps:\n  a:\n    retry:\n      ¦": ["maxAttempts", "delay", "exponentialFactor"],
    "steps:\n  a:\n    retry:\n      delay: 5\n      ¦": ["maxAttempts", "exponentialFactor"],
    "steps:\n  a:\n    retry: {delay: 5, ¦}": ["maxAttempts", "exponentialFactor"],
    "steps:\n  a:\n    when:\n      ¦": ["branch", "condition", "steps"],
    "steps:\n  a:\n    when:\n      steps:\n      - ¦": ["name", "on"],
    "steps:\n  a:\n    when:\n      steps:\n      - name: b\n        ¦": ["on"],
    "steps:\n  a:\n    when:\n      steps:\n        ¦": ["all", "any"],
    "steps:\n  a:\n    type: build\n    provider:\n      arguments:\n        cache:\n          ¦": [
        "repo", "ttl",
    ],
    "hooks:\n  ¦": ["on_elected", "on_success", "on_fail", "on_finish"],
    "hooks:\n  on_fail:\n    exec: [ls]\n    ¦": ["metadata", "annotations"],
    "hooks:\n  on_fail:\n    steps: {}\n    ¦": ["mode", "fail_fast", "strict_fail_fast"],
    "kind: pipeline\n¦": ["spec", "version", "metadata"],
    "steps:\n  a:\n    commands:\n    - ¦": [],
    "steps:\n  a:\n    commands:\n    - |\n      ¦": [],
    "steps:\n  ¦": [],
    "# ¦": [],
    "steps:\n  a:\n    title: ¦": [],
    "steps:\n  a:\n    nonsense:\n      ¦": [],
    _STEPS + "  x:\n    stage: ¦": ["prepare", "ship"],
    _STEPS + "  x:\n    type: push\n    candidate: ¦": ["${{image}}"],
    _STEPS + "  x:\n    type: push\n    registry: ¦": ["ghcr", "hub"],
    _STEPS + "  x:\n    type: build\n    registry_contexts: [¦": ["ghcr", "hub"],
    _STEPS + "  x:\n    type: build\n    registry_contexts:\n    - h¦": ["ghcr", "hub"],
    _STEPS + "  x:\n    type: git-clone\n    git: ¦": ["github"],
    _STEPS + "  x:\n    type: deploy\n    cluster: ¦": ["prod"],
    _STEPS + "  x:\n    type: deploy\n    candidate:\n      registry: ¦": ["ghcr", "hub"],
    _STEPS + "  x:\n    image: ¦": ["${{image}}"],
    _STEPS + "  x: {image: ¦": ["'${{image}}'"],
    _STEPS + "  x: {image: '¦": ["${{image}}"],
    _STEPS + "  x:\n    working_directory: ¦": ["${{clone}}", "${{image}}", "${{lint}}"],
    _STEPS + "  x:\n    when:\n      steps:\n      - name: ¦": ["clone", "image", "lint"],
    _STEPS + "  x:\n    when: {steps: {any: [{name: ¦": ["clone", "image", "lint"],
    _STEPS + "  x:\n    when: {steps: [{name: a, on: [¦": [
        "success", "failure", "skipped", "finished", "approved", "denied", "pending", "running",
        "terminating", "terminated",
    ],
    _STEPS + "success_criteria:\n  steps:\n    only: [¦]": ["clone", "image", "lint"],
    _STEPS + "success_criteria:\n  steps:\n  - ¦": ["clone", "image", "lint"],
    _STEPS + "  x:\n    type: parallel\n    steps: {p: {}, q: {}}\n    success_criteria:\n"
    "      steps:\n        ignore:\n        - ¦": ["p", "q"],
    "services: {name: db, composition: {}}\nsteps:\n  a:\n    services: [¦": ["db"],
    _STEPS + "  x:\n    title: ${{image.¦": [
        "name", "type", "description", "workingDirectory", "result", "imageName", "imageTagName",
        "imageId",
    ],
    _STEPS + "  x:\n    title: ${{steps.clone.re¦}}": [
        "name", "type", "description", "workingDirectory", "result", "revision", "repo",
    ],
    _STEPS + "  x:\n    title: ${{steps.lint.¦}}": [
        "name", "type", "description", "workingDirectory", "result", "output",
    ],
    _STEPS + "  x:\n    title: ${{steps.¦": ["clone", "image", "lint"],
    _STEPS + "  x:\n    title: ${{nobody.¦": [],
}  # fmt: skip


@pytest.mark.parametrize(("marked", "expected"), _EXACT.items(), ids=range(len(_EXACT)))
def test_exactly_these_are_proposed(marked: str, expected: list[str]) -> None:
    assert _labels(marked) == expected


_SOME = {
    "¦": (["steps", "version", "stages", "hooks"], ["image", "spec"]),
    "version: '1.0'\n¦": (["steps", "mode"], ["version"]),
    "version: '1.0'\nst¦eps:\n  a: {}": (["steps"], ["version"]),
    "spec:\n  ¦\nkind: pipeline": (["steps", "stages"], ["spec"]),
    "steps:\n  a:\n    ¦": (["image", "type", "commands", "when", "scale"], ["image_name"]),
    "steps:\n  a:\n    half\n    ¦": (["image", "type"], []),
    "steps:\n  a:\n    type: build\n    arguments:\n      cosign:\n        ¦": (
        ["sign"],
        ["image"],
    ),
    "steps:\n  a:\n    type: build\n    ¦": (["image_name", "dockerfile"], ["type", "image"]),
    "steps:\n  a:\n    type: build:1.0.0\n    ¦": (["image_name"], ["image"]),
    "steps:\n  a:\n    ¦\n    type: push": (["candidate", "tag"], ["type", "image"]),
    "steps:\n  a:\n    type: build\n    image-name: x\n    ¦": (["tag"], ["image_name"]),
    "steps:\n  a:\n    type: build\n    arguments:\n      ¦": (["image_name"], ["image"]),
    "steps:\n  a:\n    type: acme/x:1.0.0\n    arguments:\n      ¦": ([], ["image", "title"]),
    "x: &x {type: push}\nsteps:\n  a:\n    <<: *x\n    ¦": (["candidate"], ["image"]),
    "steps:\n  a:\n    type: build\n    scale:\n      b:\n        ¦": (["tag"], ["image"]),
    "steps:\n  a:\n    type: parallel\n    steps:\n      b:\n        ¦": (["image"], ["steps"]),
    "steps:\n  a:\n    hooks:\n      on_fail:\n        ¦": (["exec", "image", "steps"], ["hooks"]),
    "hooks:\n  on_fail:\n    image: a\n    ¦": (["commands"], ["exec", "stage", "image"]),
    "hooks:\n  on_fail:\n    steps:\n      a:\n        ¦": (["image"], ["hooks", "stage"]),
    "steps:\n  a:\n    type: ¦": (["build", "push", "freestyle", "parallel"], []),
    "steps:\n  a:\n    type: 'bu¦": (["build"], []),
    _STEPS + "  x:\n    title: ${{¦": (
        ["image", "steps", "CF_BRANCH", "KEY"],
        ["x", "parentSteps"],
    ),
    _STEPS + "  x:\n    commands:\n    - |\n      echo ${{¦": (["image", "CF_BRANCH"], ["x"]),
    _STEPS + "  x:\n    candidate: ${{¦": (["image", "CF_BRANCH"], []),
    _STEPS + "  x:\n    type: push\n    candidate: ${{¦}}": (["image"], ["clone"]),
    _STEPS + "  x:\n    when: {condition: {all: {a: '\"${{CF_¦": (["CF_BRANCH", "image"], ["x"]),
    _STEPS + "  x:\n    hooks: {on_fail: {commands: ['${{¦": (["parentSteps"], []),
}


@pytest.mark.parametrize(("marked", "among"), _SOME.items(), ids=range(len(_SOME)))
def test_these_are_proposed_and_those_not(marked: str, among: tuple[list[str], list[str]]) -> None:
    wanted, unwanted = among

    labels = _labels(marked)

    assert [label for label in wanted if label not in labels] == []
    assert [label for label in unwanted if label in labels] == []


def test_required_keys_come_first() -> None:
    assert _labels("steps:\n  a:\n    type: deploy\n    ¦")[:2] == ["kind", "namespace"]


_APPLIED = [
    ("vers¦", "version", "version: "),
    ("st¦", "steps", "steps:\n  "),
    ("sta¦", "stages", "stages:\n  - "),
    ("st¦: []", "stages", "stages: []"),
    ("a: {}\nst¦eps:\n  b: {}", "stages", "a: {}\nstages:\n  b: {}"),
    ("steps:\n  a: {im¦", "image", "steps:\n  a: {image: "),
    ("steps:\n  a:\n    arg¦", "arguments", "steps:\n  a:\n    arguments:\n  "),
    ("steps:\n  a:\n    shell: b¦", "bash", "steps:\n  a:\n    shell: bash"),
    ("steps:\n  a:\n    title: ${{CF_BR¦", "CF_BRANCH", "steps:\n  a:\n    title: ${{CF_BRANCH}}"),
    ("a: ${{CF_B¦X}}", "CF_BRANCH", "a: ${{CF_BRANCH}}"),
    ("steps:\n  a: {}\nb: ${{steps.¦", "a", "steps:\n  a: {}\nb: ${{steps.a"),
    ("steps:\n  a: {}\nb: ${{a.re¦", "result", "steps:\n  a: {}\nb: ${{a.result}}"),
]


@pytest.mark.parametrize(("marked", "label", "expected"), _APPLIED)
def test_taking_a_proposal_writes(marked: str, label: str, expected: str) -> None:
    assert _applied(marked, label) == expected


def test_a_type_brings_what_it_needs() -> None:
    build, deploy = (
        next(
            each
            for each in _proposals("steps:\n  a:\n    kind: x\n    type: ¦")
            if each.label == name
        )
        for name in ("build", "deploy")
    )

    assert build.snippet == "build\nimage_name: $1"
    assert deploy.snippet == "deploy\nnamespace: $1"


def test_proposals_explain_themselves() -> None:
    (proposal,) = (each for each in _proposals("mo¦") if each.label == "mode")

    assert "Default: `sequential`." in proposal.doc
