"""Names that a pipeline may use and does not define itself."""

from __future__ import annotations

from compiler.record import Record


class Names(Record):
    """What the account has. Empty: nothing is known, and nothing is proposed."""

    registries: tuple[str, ...] = ()
    git: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
