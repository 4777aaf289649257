"""Regions and roles of AWS, as far as nobody need be asked."""

import pytest

from compiler.language.values import Number
from compiler.model.aws import aws_mistakes, pull_role_mistakes
from tests.unit.compiler.model.texts import at, text

ROLE = "arn:aws:iam::123456789012:role/build"


@pytest.mark.parametrize(
    ("region", "role", "seconds", "places"),
    [
        (None, None, None, []),
        ("eu-west-1", None, None, []),
        ("us-gov-east-1", None, None, []),
        ("ap-southeast-3", ROLE, 900, []),
        ("${{REGION}}", "${{ROLE}}", 3600, []),
        ("${{PART}}-west-1", "arn:aws:iam::${{ACCOUNT}}:role/x", None, []),
        (None, "arn:aws-cn:iam::123456789012:role/path/to", None, []),
        ("not-a-region", None, None, [1]),
        ("eu-west", None, None, [1]),
        ("EU-WEST-1", None, None, [1]),
        (None, "arn:aws", None, [2]),
        (None, "arn:aws:iam::12:role/x", None, [2]),
        (None, "arn:aws:iam::123456789012:user/x", None, [2]),
        (None, "arn:aws:iam::123456789012:role/", None, [2]),
        (None, None, 1000, [3]),
        (None, ROLE, 899, [3]),
        (None, ROLE, 3601, [3]),
        ("x", "y", 0, [1, 2, 3]),
        (None, None, 0, [3, 3]),
    ],
)
def test_mistake_in_a_field_of_aws_is_told_in_its_place(
    region: str | None, role: str | None, seconds: float | None, places: list[int]
) -> None:
    duration = None if seconds is None else Number(value=seconds, span=at(3))

    found = list(aws_mistakes(text(region, 1), text(role, 2), duration))

    assert [each.span.start.line for each in found] == places
    assert {each.code for each in found} <= {"FR206"}


@pytest.mark.parametrize(
    ("role", "context", "codes"),
    [
        (ROLE, None, ["FR202"]),
        (ROLE, "ecr", []),
        (ROLE, "${{ECR}}", []),
        (None, None, []),
    ],
)
def test_role_to_pull_with_needs_a_registry(
    role: str | None, context: str | None, codes: list[str]
) -> None:
    found = pull_role_mistakes(text(role), text(context))

    assert [each.code for each in found] == codes
