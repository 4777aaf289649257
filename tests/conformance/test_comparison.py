"""How the compiler is compared with the vendor's validator."""

import pytest

from compiler.diagnostics import Findings
from compiler.source import Position, Source
from compiler.syntax.yaml_reader import read_yaml
from tests.conformance.comparison import differences, judge
from tests.conformance.paths import path_at
from tests.conformance.vendor import Case, Complaint, Verdict
from tests.conformance.wrapping import wrapped

_UNKNOWN_KEY = (
    b"version: '1.0'\nsteps:\n  a:\n    type: build\n    image_name: x\n    retry: {often: 1}\n"
)
_VALID = b"version: '1.0'\nsteps:\n  a: {type: build, image_name: x}\n"


def case(content: bytes, verdict: Verdict, *complaints: Complaint) -> Case:
    return Case(
        id="c-1", file="cases", topic="", content=content, verdict=verdict, complaints=complaints
    )


def complaint(step: str, *keys: str, code: int = 0) -> Complaint:
    return Complaint(message="it is wrong", step=step, keys=frozenset(keys), code=code)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (Position(1, 1), ("a",)),
        (Position(1, 5), ("a", "b")),
        (Position(1, 11), ("a", "b", "1")),
        (Position(1, 14), ("a", "c")),
        (Position(2, 1), ("d",)),
        (Position(3, 1), ()),
    ],
)
def test_place_leads_to_its_keys(place: Position, path: tuple[str, ...]) -> None:
    text = "a: {b: [1,2],c: 3}\nd:\n\n"
    root = read_yaml(Source("p", text, text.encode()), Findings())

    assert path_at(root, place) == path


@pytest.mark.parametrize(
    ("content", "verdict", "complaints"),
    [
        (_VALID, Verdict.VALID, []),
        (_UNKNOWN_KEY, Verdict.ERROR, []),
        (_UNKNOWN_KEY, Verdict.ERROR, [complaint("a", "often"), complaint("", "retry")]),
        (_UNKNOWN_KEY, Verdict.NONE, [complaint("b")]),
    ],
)
def test_same_verdict_about_the_same_key_agrees(
    content: bytes, verdict: Verdict, complaints: list[Complaint]
) -> None:
    asked = case(content, verdict, *complaints)

    assert differences(asked, judge(asked)) == ()


@pytest.mark.parametrize(
    ("content", "verdict", "complaints"),
    [
        (_VALID, Verdict.ERROR, []),
        (_UNKNOWN_KEY, Verdict.VALID, []),
        (_UNKNOWN_KEY, Verdict.ERROR, [complaint("b", "often")]),
        (_UNKNOWN_KEY, Verdict.ERROR, [complaint("a", "delay")]),
        (_UNKNOWN_KEY, Verdict.ERROR, [complaint("a", code=202)]),
    ],
)
def test_other_verdict_step_or_key_differs(
    content: bytes, verdict: Verdict, complaints: list[Complaint]
) -> None:
    asked = case(content, verdict, *complaints)

    assert len(differences(asked, judge(asked))) == 1


def test_fragments_become_pipelines() -> None:
    steps = wrapped("a:\n  stage: x\n", "{version, steps: <fragment>} + stages taken from it")
    body = wrapped("image: x\n", "{version, steps: {step: <fragment>}}")
    spec = wrapped(
        "kind: pipeline\nspec:\n  triggers: []\n  steps:\n    a: 1\n  stages: []\n",
        "spec.{steps,stages} + version",
    )

    assert steps == "version: '1.0'\nstages: [\"x\"]\nsteps:\n  a:\n    stage: x\n"
    assert body == "version: '1.0'\nsteps:\n  step:\n    image: x\n"
    assert spec == "version: '1.0'\nsteps:\n  a: 1\nstages: []\n"


def test_case_with_an_account_is_checked_against_it() -> None:
    asked = Case(
        id="c-1",
        file="cases",
        topic="",
        content=b"version: '1.0'\nsteps: {a: {type: git-clone, repo: x/y, git: other}}\n",
        verdict=Verdict.ERROR,
        complaints=(complaint("a", code=102),),
        context={"git": [{"metadata": {"name": "mine"}}], "registries": []},
    )

    assert differences(asked, judge(asked)) == ()
