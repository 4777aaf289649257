"""What the compiler knows of an account beside its registries: names, and nothing secret."""

from __future__ import annotations

from compiler.record import Record


class Account(Record):
    """Names that pipelines may use. None: they are not known, and every name is accepted."""

    git: tuple[str, ...] | None = None
    """Git integrations; the first is the default one."""
    clusters: tuple[str, ...] | None = None
    """Kubernetes clusters; the first is the default one."""
    variables: frozenset[str] | None = None
    """Variables that runs get, beside those that are given to the compiler."""
