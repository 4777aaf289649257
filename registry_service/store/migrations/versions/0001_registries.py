"""Registries and settings."""

import sqlalchemy as sa
from alembic import op

from freshet.registry.v1.registry_pb2 import RegistrySettings

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, with settings that say nothing yet."""
    counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "registries",
        sa.Column("number", counter, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(160), nullable=False, unique=True),
        sa.Column("request_id", sa.String(64), nullable=True, unique=True),
        sa.Column("registry", sa.LargeBinary, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=True),
    )
    settings = op.create_table(
        "settings",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("settings", sa.LargeBinary, nullable=False),
    )
    first = RegistrySettings(etag="first")
    op.bulk_insert(settings, [{"number": 1, "settings": first.SerializeToString()}])
