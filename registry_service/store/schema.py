"""Tables of the registry service's store. A change needs a migration beside it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

# SQLite counts up only in a column of its own integer type.
_counter = BigInteger().with_variant(Integer, "sqlite")

registries = Table(
    "registries",
    metadata,
    Column("number", _counter, primary_key=True, autoincrement=True),  # order of creation
    Column("name", String(160), nullable=False, unique=True),
    Column("request_id", String(64), nullable=True, unique=True),
    Column("registry", LargeBinary, nullable=False),  # the message `Registry`, without secret
    Column("sealed_secret", LargeBinary, nullable=True),
    Column("sealed_client_key", LargeBinary, nullable=True),
    # What the indexes in memory are made of, so that a start need not read the messages.
    Column("domain", Text, nullable=False),
    Column("is_primary", Boolean, nullable=False),
    Column("fallback_registry", String(160), nullable=False),
    Column("provider", String(32), nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),  # of the last change
)

removals = Table(
    "removals",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(160), nullable=False),  # of the registry that it took away
)

settings = Table(
    "settings",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # there is one row
    Column("settings", LargeBinary, nullable=False),  # the message `RegistrySettings`
    Column("revision", BigInteger, nullable=False),  # counts the changes of all tables
)
