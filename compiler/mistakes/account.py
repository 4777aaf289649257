"""Mistakes that only an account can tell: FR300 to FR303 clusters, FR400 to FR403 git, FR601 Helm.

The last digits are those of the language's own list, which numbers git from 100.
"""

from collections.abc import Collection

from compiler.diagnostics import Diagnostic, Severity
from compiler.mistakes.suggestions import nearest, which
from compiler.source import Span


def no_cluster(span: Span) -> Diagnostic:
    """A deployment, and no cluster."""
    return Diagnostic(
        code="FR300",
        message="there is no Kubernetes cluster to deploy to",
        span=span,
        help="connect one, and name it in `cluster`",
    )


def unknown_cluster_variable(variable: str, span: Span) -> Diagnostic:
    """A cluster in a variable that is not known."""
    return _unknown_variable("FR301", "cluster", variable, span)


def unknown_cluster(name: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A cluster that is not there."""
    return _unknown("FR302", "cluster", name, span, known)


def default_cluster(name: str, span: Span) -> Diagnostic:
    """A deployment that does not say where."""
    return _default("FR303", "cluster", name, span)


def no_git_integration(span: Span) -> Diagnostic:
    """A clone, and nothing to log in with."""
    return Diagnostic(
        code="FR400",
        message="there is no git integration to clone with",
        span=span,
        help="connect one and name it in `git`, or write `credentials`",
    )


def unknown_git_variable(variable: str, span: Span) -> Diagnostic:
    """A git integration in a variable that is not known."""
    return _unknown_variable("FR401", "git integration", variable, span)


def unknown_git_integration(name: str, span: Span, known: Collection[str]) -> Diagnostic:
    """A git integration that is not there."""
    return _unknown("FR402", "git integration", name, span, known)


def default_git_integration(name: str, span: Span) -> Diagnostic:
    """A clone that does not say with which integration."""
    return _default("FR403", "git integration", name, span)


def helm_2(version: str, span: Span) -> Diagnostic:
    """A version of Helm that nobody maintains."""
    return Diagnostic(
        code="FR601",
        severity=Severity.WARNING,
        message=f"Helm {version} is used, and Helm 2 is maintained no longer",
        span=span,
        help="set `helm_version` to one of Helm 3",
        facts={"helm_version": version},
    )


def _unknown_variable(code: str, kind: str, variable: str, span: Span) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=Severity.WARNING,
        message=f'the {kind} comes from the variable "{variable}", which is not known',
        span=span,
        help=f"define `{variable}`, or the step fails",
        facts={"variable": variable},
    )


def _unknown(code: str, kind: str, name: str, span: Span, known: Collection[str]) -> Diagnostic:
    near = nearest(name, known)
    return Diagnostic(
        code=code,
        message=f'there is no {kind} "{name}"',
        span=span,
        help=which(name, known),
        facts={"name": name, **({"suggestion": near} if near else {})},
    )


def _default(code: str, kind: str, name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=Severity.WARNING,
        message=f'the step names no {kind}; "{name}" is used, which is the default',
        span=span,
        facts={"name": name},
    )
