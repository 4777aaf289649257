"""The compiler announces (FR119) what the runner refuses, and nothing else."""

import pytest

from compiler import compile_pipeline
from runner_service.capability import require_capabilities
from runner_service.errors import OperationUnsupported
from tests.conformance.registries import CaseRegistries
from tests.conformance.test_cases import CASES, VARIABLES

_WITH_A_PLAN = sorted(path.name.partition(".")[0] for path in CASES.glob("*.plan.txt"))


@pytest.mark.parametrize("name", _WITH_A_PLAN)
def test_what_is_announced_is_what_is_refused(name: str) -> None:
    case = CASES / f"{name}.yml"
    compiled = compile_pipeline(
        case.read_bytes(), path=case.name, variables=VARIABLES, registries=CaseRegistries()
    )
    announced = {each.facts["feature"] for each in compiled.diagnostics if each.code == "FR119"}

    assert compiled.plan
    try:
        require_capabilities(compiled.plan)
    except OperationUnsupported as refusal:
        assert announced, refusal
    else:
        assert not announced
