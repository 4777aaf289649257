"""The JSON Schema takes whatever the compiler takes."""

from compiler import check_pipeline
from tests.conformance.schema import schema_mistakes
from tests.conformance.vendor import Case, Verdict, all_cases


def _is_valid(case: Case) -> bool:
    return case.verdict is not Verdict.NONE and check_pipeline(case.content).valid


def test_valid_pipelines_of_others_fit_the_schema() -> None:
    mistakes = {
        case.id: found
        for case in all_cases()
        if _is_valid(case) and (found := schema_mistakes(case.content.decode()))
    }

    assert mistakes == {}
