"""The compiler agrees with the vendor's validator, but for what differs on purpose."""

import pytest

from compiler import compile_pipeline
from tests.conformance.comparison import differences, judge
from tests.conformance.known import known_differences
from tests.conformance.vendor import Case, all_cases

_CASES = tuple(all_cases())
_KNOWN = known_differences().cases


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.id)
def test_verdict_step_and_key_agree(case: Case) -> None:
    found = differences(case, judge(case, compile_pipeline))

    assert bool(found) == (case.id in _KNOWN), found or "it agrees: take it out of the list"


def test_known_differences_are_of_cases_that_exist() -> None:
    assert _KNOWN.keys() <= {case.id for case in _CASES}
