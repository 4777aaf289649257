"""What a file wants of the account."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.cli.registry.secret import SecretSource
from compiler.record import Record
from compiler.source import Span
from freshet.registry.v1.registry_pb2 import Registry


class Wanted(Record):
    """A registry as a file wants it."""

    name: str
    registry: Registry
    """Its fields. A secret stands in it only when the file has it."""
    paths: tuple[str, ...]
    """The fields that the file decides; the service decides the others."""
    secret: SecretSource | None = None
    """Where the secret of its login is; None: what is stored stays."""
    client_key: SecretSource | None = None
    roles: Mapping[str, bool] = {}
    """Roles that the file gives it or takes from it, `default` and `cache`."""
    places: Mapping[str, Span] = {}
    """Where the values stand, by key; `name` is always there when there are any."""


class WantedAccount(Record):
    """All that a file wants."""

    registries: tuple[Wanted, ...]
    default_push: str = ""
    """Empty: the file does not say."""
