"""What can be said about names of an account: git integrations, clusters, variables. Pure.

A list that is None in the account is not known, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from compiler import mistakes
from compiler.account import Account
from compiler.diagnostics import Diagnostic
from compiler.language.values import Text
from compiler.model.scope import Scope, VariableReference
from compiler.record import Record
from compiler.source import Span
from compiler.syntax.templates import Hole, read_template

_BUILT_IN_GIT = "CF-default"
"""An integration that every account has beside its own."""
_SYSTEM_PREFIX = "CF_"
"""Variables that every run gets."""


def git_mistakes(
    git: Text | None, place: Span, account: Account, scope: Scope
) -> Iterator[Diagnostic]:
    """Yield the mistakes in `git` of a clone that brings no credentials; `place` is the step's."""
    yield from _name_mistakes(git, place, _GIT, account.git, account, scope)


def cluster_mistakes(
    cluster: Text | None, place: Span, account: Account, scope: Scope
) -> Iterator[Diagnostic]:
    """Yield the mistakes in `cluster` of a deployment; `place` is that of the step."""
    yield from _name_mistakes(cluster, place, _CLUSTER, account.clusters, account, scope)


def registry_variable_mistakes(
    registry: Text | None, account: Account, scope: Scope
) -> Iterator[Diagnostic]:
    """Yield the mistake of a `registry` that an unknown variable gives."""
    if registry and (variable := unknown_variable(registry, account, scope)):
        yield mistakes.unknown_registry_variable(variable, registry.span)


def unknown_variable(text: Text, account: Account, scope: Scope) -> str:
    """Return the variable that `text` begins with; empty: it does not, or that is known."""
    first = next(iter(read_template(text.text)), "")
    if account.variables is None or not isinstance(first, Hole):
        return ""
    reference = scope.refer(first)
    if not isinstance(reference, VariableReference) or reference.name.startswith(_SYSTEM_PREFIX):
        return ""
    known = reference.name in account.variables or reference.name in scope.variables
    return "" if known else reference.name


class _Integration(Record):
    """The mistakes with names of one kind."""

    none: Callable[[Span], Diagnostic]
    unknown_variable: Callable[[str, Span], Diagnostic]
    unknown: Callable[[str, Span, Collection[str]], Diagnostic]
    default: Callable[[str, Span], Diagnostic]
    built_in: str = ""


_GIT = _Integration(
    none=mistakes.no_git_integration,
    unknown_variable=mistakes.unknown_git_variable,
    unknown=mistakes.unknown_git_integration,
    default=mistakes.default_git_integration,
    built_in=_BUILT_IN_GIT,
)
_CLUSTER = _Integration(
    none=mistakes.no_cluster,
    unknown_variable=mistakes.unknown_cluster_variable,
    unknown=mistakes.unknown_cluster,
    default=mistakes.default_cluster,
)


def _name_mistakes(
    name: Text | None,
    place: Span,
    kind: _Integration,
    known: tuple[str, ...] | None,
    account: Account,
    scope: Scope,
) -> Iterator[Diagnostic]:
    if known is None:
        return
    if not known:
        yield kind.none(name.span if name else place)
    elif name is None:
        if len(known) > 1:
            yield kind.default(known[0], place)
    elif variable := unknown_variable(name, account, scope):
        yield kind.unknown_variable(variable, name.span)
    elif (value := scope.fold(name.text)) and value not in (*known, kind.built_in):
        yield kind.unknown(value, name.span, known)
