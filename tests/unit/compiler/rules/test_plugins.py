"""Steps of catalogues."""

import pytest

from compiler import check_pipeline

_HELM = """\
version: '1.0'
steps:
  release:
    type: {type}
    arguments: {{chart_name: shop{version}}}
"""


@pytest.mark.parametrize(
    ("step_type", "version", "line"),
    [
        ("helm", "", 3),
        ("helm", ", helm_version: 2.9.1", 5),
        ("helm", ", helm_version: 3.0.0", 0),
        ("helm", ", helm_version: '${{HELM}}'", 0),
        ("helm:1.1.12", "", 0),
    ],
)
def test_helm_2_is_warned_of(step_type: str, version: str, line: int) -> None:
    checked = check_pipeline(_HELM.format(type=step_type, version=version).encode())

    lines = [each.span.start.line for each in checked.diagnostics if each.code == "FR601"]
    assert lines == ([line] if line else [])
