"""Revisions of rows, removals, and columns for what registries are looked up by."""

import sqlalchemy as sa
from alembic import op

from freshet.registry.v1.registry_pb2 import Registry

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Number what there is in the order in which it was made."""
    for column in (
        sa.Column("domain", sa.Text, nullable=False, server_default=""),
        sa.Column("is_primary", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("fallback_registry", sa.String(160), nullable=False, server_default=""),
        sa.Column("provider", sa.String(32), nullable=False, server_default=""),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="0"),
    ):
        op.add_column("registries", column)
    op.create_index("ix_registries_revision", "registries", ["revision"])
    op.create_table(
        "removals",
        sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(160), nullable=False),
    )
    op.add_column(
        "settings", sa.Column("revision", sa.BigInteger, nullable=False, server_default="0")
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    names = ("number", "registry", "domain", "is_primary", "fallback_registry", "provider")
    registries = sa.table("registries", *map(sa.column, (*names, "revision")))
    rows = connection.execute(sa.select(registries.c.number, registries.c.registry)).all()
    same = registries.c.number == sa.bindparam("of_number")
    values = [_values(number, Registry.FromString(stored)) for number, stored in rows]
    if values:
        connection.execute(sa.update(registries).where(same), values)
    settings = sa.table("settings", sa.column("revision"))
    newest = max((number for number, _ in rows), default=0)
    connection.execute(sa.update(settings).values(revision=newest))


def _values(number: int, message: Registry) -> dict[str, object]:
    return {
        "of_number": number,
        "domain": message.domain,
        "is_primary": message.primary,
        "fallback_registry": message.fallback_registry,
        "provider": Registry.Provider.Name(message.provider).removeprefix("PROVIDER_"),
        "revision": number,
    }
