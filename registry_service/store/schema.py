"""Tables of the registry service's store. A change needs a migration beside it."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

# SQLite counts up only in a column of its own integer type.
_counter = BigInteger().with_variant(Integer, "sqlite")

registries = Table(
    "registries",
    metadata,
    Column("number", _counter, primary_key=True, autoincrement=True),
    Column("name", String(160), nullable=False, unique=True),
    Column("request_id", String(64), nullable=True, unique=True),
    Column("registry", LargeBinary, nullable=False),  # the message `Registry`, without secret
    Column("sealed_secret", LargeBinary, nullable=True),
    Column("sealed_client_key", LargeBinary, nullable=True),
)

settings = Table(
    "settings",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # there is one row
    Column("settings", LargeBinary, nullable=False),  # the message `RegistrySettings`
)
