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
    Column("pipeline", String(512), nullable=False, index=True),
    Column("ended", Boolean, nullable=False, index=True),
    # The messages of the contract: `Run` without plan, and `Plan`.
    Column("run", LargeBinary, nullable=False),
    Column("plan", LargeBinary, nullable=False),
)

run_events = Table(
    "run_events",
    metadata,
    Column("run_id", String(24), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("event", LargeBinary, nullable=False),  # the message `RunEvent`
)
