"""Mistakes in the files that describe an account: FR500 to FR509."""

from compiler.diagnostics import Diagnostic, Related
from compiler.source import Span

SECRET_IN_CATALOG = "FR500"


def secret_in_catalog(key: str, span: Span) -> Diagnostic:
    """A login in a file that needs none."""
    return Diagnostic(
        code=SECRET_IN_CATALOG,
        message=f'"{key}" does not belong in a catalog',
        span=span,
        help="remove it: a catalog tells names and rules, nobody logs in with it, and it may be "
        "shared",
        facts={"key": key},
    )


def repeated_in_catalog(name: str, what: str, span: Span, first: Span) -> Diagnostic:
    """The same thing twice, where one can be."""
    return Diagnostic(
        code="FR501",
        message=f'"{name}" is a second {what}',
        span=span,
        related=(Related(message="the first is here", span=first),),
        facts={"name": name},
    )


def broken_registry_rule(key: str, message: str, span: Span) -> Diagnostic:
    """A registry that the registry service would not take."""
    return Diagnostic(code="FR502", message=f'"{key}": {message}', span=span, facts={"key": key})


def secret_written_out(key: str, span: Span) -> Diagnostic:
    """A secret itself, where a file may only say where it is."""
    return Diagnostic(
        code="FR503",
        message=f'"{key}" is written out',
        span=span,
        help="say where it is: `{env: NAME}`, `{file: PATH}` or `{prompt: true}`; secrets in a "
        "file end up in its copies",
        facts={"key": key},
    )
