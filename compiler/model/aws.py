"""What can be said about regions and roles of AWS without asking anybody. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler import mistakes
from compiler.diagnostics import Diagnostic
from compiler.language.values import Number, Text
from compiler.syntax.templates import holes

_REGION = r"[a-z]{2}(-[a-z]+)+-\d"
_ROLE = r"arn:[^:\s]+:iam::[0-9]{12}:role/\S+"
_LEAST_S, _MOST_S = 900, 3600
"""How long a role may be assumed. Source: the platform's pages on the build and push steps."""


def aws_mistakes(
    region: Text | None, role_arn: Text | None, duration_seconds: Number | None
) -> Iterator[Diagnostic]:
    """Yield the mistakes in the fields of AWS of a build or push step; holes are left alone."""
    if region and not holes(region.text) and not re.fullmatch(_REGION, region.text):
        yield mistakes.bad_region(region.text, region.span)
    if role_arn and not holes(role_arn.text) and not re.fullmatch(_ROLE, role_arn.text):
        yield mistakes.bad_role(role_arn.text, role_arn.span)
    if duration_seconds is None:
        return
    if role_arn is None:
        yield mistakes.duration_without_role(duration_seconds.span)
    if not _LEAST_S <= duration_seconds.value <= _MOST_S:
        value, span = duration_seconds.value, duration_seconds.span
        yield mistakes.bad_duration(value, _LEAST_S, _MOST_S, span)


def pull_role_mistakes(
    role_arn: Text | None, registry_context: Text | None
) -> Iterator[Diagnostic]:
    """Yield the mistake of a freestyle step that pulls with a role and without a registry."""
    if role_arn and registry_context is None:
        yield mistakes.role_without_context(role_arn.span)
