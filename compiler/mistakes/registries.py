"""What the registry service has to say: the numbers of the language's own list, FR200 to FR299."""

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
    """What the registry service has to say about a step."""
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
