"""What runs are taken up with after a restart, and what is needed to drop old ones."""

import sqlalchemy as sa
from alembic import op

from freshet.runner.v1.run_pb2 import Run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, and fill them as far as it is known."""
    for column in (
        sa.Column("request_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("request", sa.LargeBinary, nullable=True),
        sa.Column("end_time_us", sa.BigInteger, nullable=True),
        sa.Column("runner", sa.String(64), nullable=False, server_default=""),
        sa.Column("last_sequence", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("event_bytes", sa.BigInteger, nullable=False, server_default="0"),
    ):
        op.add_column("runs", column)
    op.create_index("ix_runs_runner", "runs", ["runner"])
    op.execute(
        "UPDATE runs SET"
        " last_sequence = (SELECT coalesce(max(sequence), 0) FROM run_events"
        " WHERE run_id = runs.id),"
        " event_bytes = (SELECT coalesce(sum(length(event)), 0) FROM run_events"
        " WHERE run_id = runs.id)"
    )
    _fill_end_times()


def _fill_end_times() -> None:
    runs = sa.table("runs", *map(sa.column, ("number", "run", "end_time_us")), sa.column("ended"))
    connection = op.get_bind()
    ended = sa.select(runs.c.number, runs.c.run).where(runs.c.ended == sa.true())
    for number, message in connection.execute(ended).all():
        end_time_us = Run.FromString(message).end_time.ToMicroseconds()
        connection.execute(
            sa.update(runs).where(runs.c.number == number).values(end_time_us=end_time_us)
        )
