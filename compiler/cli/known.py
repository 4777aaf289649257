"""Whom a command asks about the names in a pipeline: a catalog, the registry service, or nobody."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compiler.account import Account
    from compiler.registries import Registries


def known_names(
    arguments: argparse.Namespace, *, ask: bool
) -> tuple[Registries | None, Account | None]:
    """Return who knows registries, and the names of the account; None: every name is accepted.

    `ask`: whether the registry service is asked when there is no catalog.
    """
    if arguments.catalog:
        from compiler.cli.offline import open_catalog

        return open_catalog(arguments.catalog)
    if ask:
        from compiler.cli.service_registries import ServiceRegistries

        return ServiceRegistries(), None
    return None, None
