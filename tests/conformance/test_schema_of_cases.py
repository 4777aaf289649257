"""The JSON Schema takes the valid cases of the language."""

from pathlib import Path

import pytest

from tests.conformance.schema import schema_mistakes

_CASES = Path(__file__).with_name("cases")


def _has_no_errors(case: Path) -> bool:
    expected = case.with_suffix(".out")
    return not expected.exists() or "error[" not in expected.read_text(encoding="utf-8")


_VALID = [case for case in sorted(_CASES.glob("*.yml")) if _has_no_errors(case)]


@pytest.mark.parametrize("case", _VALID, ids=lambda case: case.stem)
def test_valid_cases_fit_the_schema(case: Path) -> None:
    assert schema_mistakes(case.read_text(encoding="utf-8-sig")) == []
