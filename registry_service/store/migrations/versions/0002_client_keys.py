"""Private keys of client certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column of sealed keys."""
    op.add_column("registries", sa.Column("sealed_client_key", sa.LargeBinary, nullable=True))
