"""Tables of the runner's store. A change needs a migration beside it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

metadata = MetaData()

# SQLite counts up only in a column of its own integer type.
_counter = BigInteger().with_variant(Integer, "sqlite")

runs = Table(
    "runs",
    metadata,
    Column("number", _counter, primary_key=True, autoincrement=True),
    Column("id", String(24), nullable=False, unique=True),
    Column("request_id", String(64), nullable=True, unique=True),
    # Of the message `CreateRunRequest`: what tells two apart, and all of it but the plan and the
    # values of secrets. Null in runs of before version 0002.
    Column("request_digest", LargeBinary(32), nullable=True),
    Column("request", LargeBinary, nullable=True),
    Column("runner", String(64), nullable=False, index=True),  # who executes it
    Column("pipeline", String(512), nullable=False, index=True),
    Column("ended", Boolean, nullable=False, index=True),
    Column("end_time_us", BigInteger, nullable=True),  # since 1970
    # The messages of the contract: `Run` without plan, and `Plan`. The number of the last event
    # has a column of its own, so that output does not write the whole run again.
    Column("run", LargeBinary, nullable=False),
    Column("plan", LargeBinary, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("event_bytes", BigInteger, nullable=False),  # of the events that are kept
)

run_events = Table(
    "run_events",
    metadata,
    Column("run_id", String(24), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("event", LargeBinary, nullable=False),  # the message `RunEvent`
)
