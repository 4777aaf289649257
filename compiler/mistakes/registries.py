"""Mistakes with registries: the numbers of the language's own list, FR200 to FR299."""

from collections.abc import Mapping

from compiler.diagnostics import Diagnostic, Severity
from compiler.source import Span


def registry_fault(
    code: int,
    message: str,
    help: str,
    span: Span,
    facts: Mapping[str, str],
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """What those who know the registries have to say about a step."""
    return Diagnostic(
        code=f"FR{code or 299}",
        severity=severity,
        message=message,
        help=help,
        span=span,
        facts=facts,
    )


def image_stays(message: str, span: Span) -> Diagnostic:
    """A build step whose image is pushed nowhere, though it does not say so."""
    return Diagnostic(
        code="FR205",
        severity=Severity.NOTE,
        message=message,
        span=span,
        help="`freshet registry add` connects a registry; `disable_push: true` says it is meant so",
    )


def build_to_host(host: str, span: Span) -> Diagnostic:
    """A build step that names a host, where only a push step may."""
    return Diagnostic(
        code="FR299",
        severity=Severity.WARNING,
        message=f'no registry is called "{host}", and a build step pushes to named ones only',
        span=span,
        help="name a registry, or push with a step of type `push`",
        facts={"registry": host},
    )


def unknown_registry_variable(variable: str, span: Span) -> Diagnostic:
    """A registry in a variable that is not known."""
    return Diagnostic(
        code="FR201",
        severity=Severity.WARNING,
        message=f'the registry comes from the variable "{variable}", which is not known',
        span=span,
        help=f"define `{variable}`, or the step fails",
        facts={"variable": variable},
    )


def role_without_context(span: Span) -> Diagnostic:
    """A role of AWS for pulling, and no registry whose login assumes it."""
    return Diagnostic(
        code="FR202",
        message='"role_arn" needs "registry_context"',
        span=span,
        help="name the registry of Amazon ECR whose keys assume the role",
    )


def bad_region(region: str, span: Span) -> Diagnostic:
    """A text that no region of AWS has as its name."""
    return Diagnostic(
        code="FR206",
        message=f'"{region}" is no AWS region',
        span=span,
        help="write one like `eu-west-1`",
        facts={"region": region},
    )


def bad_role(role: str, span: Span) -> Diagnostic:
    """A text that is no role of AWS."""
    return Diagnostic(
        code="FR206",
        message=f'"{role}" is no ARN of a role',
        span=span,
        help="write one like `arn:aws:iam::123456789012:role/name`",
        facts={"role_arn": role},
    )


def duration_without_role(span: Span) -> Diagnostic:
    """How long a role lasts, and no role."""
    return Diagnostic(
        code="FR206",
        message='"aws_duration_seconds" has a meaning with "role_arn" only',
        span=span,
        help="add `role_arn`, or remove it",
    )


def bad_duration(seconds: float, least: int, most: int, span: Span) -> Diagnostic:
    """A time for which no role is given."""
    return Diagnostic(
        code="FR206",
        message=f'"aws_duration_seconds" is {seconds:g}',
        span=span,
        help=f"write a number from {least} to {most}",
        facts={"aws_duration_seconds": f"{seconds:g}"},
    )
