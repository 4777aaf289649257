"""Each case is a pipeline and what the compiler says of it: adding one needs no Python.

`cases/NAME.yml` is the pipeline; `NAME.out` its diagnostics as text; `NAME.plan.txt` its plan as
text, where it has one. Where a file `NAME.plan.json` stands, even an empty one, the whole plan is
compared, every field of it. Where `NAME.account.json` stands, the pipeline is judged beside that
account, whose form `account.py` tells, and else beside the registries of `CaseRegistries`.

`FRESHET_UPDATE_CASES=1 pytest tests/conformance` writes what is printed now; read the difference
before you commit it.
"""

import json
import os
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson

from compiler import Compiled, compile_pipeline
from compiler.account import Account
from compiler.formats.text import render_diagnostics
from compiler.planning.text import render_plan
from compiler.registries import Registries
from tests.conformance.account import account_of
from tests.conformance.registries import CaseRegistries

CASES = Path(__file__).with_name("cases")
VARIABLES = {
    "CF_BRANCH": "feature/x",
    "CF_BRANCH_TAG_NORMALIZED": "feature_x",
    "CF_REPO_NAME": "app",
    "CF_SHORT_REVISION": "4f2c9ab",
}
_UPDATING = bool(os.environ.get("FRESHET_UPDATE_CASES"))


def compiled_case(case: Path) -> Compiled:
    """Return what the compiler makes of a case beside the account that it has."""
    context = case.with_suffix(".account.json")
    registries: Registries = CaseRegistries()
    account: Account | None = None
    if context.exists():
        registries, account = account_of(json.loads(context.read_text(encoding="utf-8")))
    return compile_pipeline(
        case.read_bytes(),
        path=case.name,
        variables=VARIABLES,
        registries=registries,
        account=account,
    )


@pytest.mark.parametrize("case", sorted(CASES.glob("*.yml")), ids=lambda case: case.stem)
def test_case(case: Path) -> None:
    compiled = compiled_case(case)

    plan = render_plan(compiled.plan) if compiled.plan else ""
    for suffix, found in ((".out", render_diagnostics(compiled)), (".plan.txt", plan)):
        expected = case.with_suffix(suffix)
        if _UPDATING:
            _write(expected, found)
        assert found == (expected.read_text(encoding="utf-8") if expected.exists() else "")


@pytest.mark.parametrize("expected", sorted(CASES.glob("*.plan.json")), ids=lambda path: path.name)
def test_every_field_of_the_plan(expected: Path) -> None:
    case = expected.with_name(expected.name.replace(".plan.json", ".yml"))

    plan = compiled_case(case).plan

    assert plan
    plan.ClearField("compiler_version")
    found = MessageToJson(plan, preserving_proto_field_name=True) + "\n"
    if _UPDATING:
        _write(expected, found)
    assert found == expected.read_text(encoding="utf-8")


def test_same_pipeline_gives_the_same_bytes() -> None:
    content = (CASES / "build_and_push.yml").read_bytes()

    plans = [
        compile_pipeline(content, variables=VARIABLES, registries=CaseRegistries()).plan
        for _ in range(2)
    ]

    assert plans[0] and plans[1]
    first, second = (plan.SerializeToString(deterministic=True) for plan in plans if plan)
    assert first == second


def test_password_in_the_file_travels_beside_the_plan() -> None:
    content = (CASES / "defaults.yml").read_bytes()

    compiled = compile_pipeline(content, variables=VARIABLES, registries=CaseRegistries())

    assert compiled.plan
    assert b"hunter2" not in compiled.plan.SerializeToString()
    name = "pipeline/by_hand_with_password_in_the_file.password"
    assert compiled.secrets == {name: "hunter2"}
    assert name in compiled.plan.required_secrets
    assert "hunter2" not in repr(compiled)


def _write(path: Path, text: str) -> None:
    if text:
        path.write_text(text, encoding="utf-8")
    else:
        path.unlink(missing_ok=True)
