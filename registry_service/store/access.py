"""Access tokens and the audit log in a SQL database, through SQLAlchemy Core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
)

from freshet import database
from freshet.access.v1.access_pb2 import Role
from freshet.database import DatabaseUnavailable, open_database
from registry_service.access.records import AccessToken, AuditEntry, StoredEntry
from registry_service.store.schema import metadata
from registry_service.store.sql import SCHEMA
from registry_service.store.troubles import trouble_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("display_name", String(100), nullable=False),
    Column("role", Integer, nullable=False),  # number of the enum `Role`
    Column("create_time_us", BigInteger, nullable=False),  # since 1970, as all times here
    Column("expire_time_us", BigInteger, nullable=True),
    Column("secret_hash", LargeBinary(32), nullable=False),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    # SQLite counts up only in a column of its own integer type.
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("event_time_us", BigInteger, nullable=False, index=True),
    Column("caller", String(200), nullable=False),
    Column("method", String(80), nullable=False),
    Column("resource", String(200), nullable=False),
    Column("outcome", String(63), nullable=False),
)


def open_access_store(url: str) -> SqlAccessStore:
    """Return the store in the database at `url`, its tables brought up to date.

    Raises:
        StoreUnavailable: the database cannot be used.
    """
    try:
        return SqlAccessStore(open_database(url, SCHEMA))
    except DatabaseUnavailable as error:
        raise trouble_of(error) from error


class SqlAccessStore:
    """Keeps tokens and entries in a database whose tables are current."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`, and dispose of it at the end."""
        self._engine = engine

    def tokens(self) -> Sequence[AccessToken]:
        """Return all access tokens."""
        with self._reading() as connection:
            rows = connection.execute(select(access_tokens).order_by(access_tokens.c.name))
            return [
                AccessToken(
                    name=row.name,
                    display_name=row.display_name,
                    role=Role.ValueType(row.role),
                    create_time=_time(row.create_time_us),
                    expire_time=None if row.expire_time_us is None else _time(row.expire_time_us),
                    secret_hash=row.secret_hash,
                )
                for row in rows
            ]

    def add_token(self, token: AccessToken) -> None:
        """Keep one more token."""
        row = {
            "name": token.name,
            "display_name": token.display_name,
            "role": token.role,
            "create_time_us": _us(token.create_time),
            "expire_time_us": None if token.expire_time is None else _us(token.expire_time),
            "secret_hash": token.secret_hash,
        }
        with self._transaction() as connection:
            connection.execute(insert(access_tokens).values(**row))

    def remove_token(self, name: str) -> bool:
        """Take a token away; return whether there was one of that name."""
        with self._transaction() as connection:
            query = delete(access_tokens).where(access_tokens.c.name == name)
            return connection.execute(query).rowcount > 0

    def append(self, entries: Sequence[AuditEntry]) -> None:
        """Keep entries, all or none, at the end of the audit log."""
        rows = [
            {
                "event_time_us": _us(entry.event_time),
                "caller": entry.caller,
                "method": entry.method,
                "resource": entry.resource,
                "outcome": entry.outcome,
            }
            for entry in entries
        ]
        with self._transaction() as connection:
            connection.execute(insert(audit_entries), rows)

    def entries(self, before: int | None, count: int) -> Sequence[StoredEntry]:
        """Return at most `count` entries, newest first, of those before a sequence."""
        query = select(audit_entries).order_by(audit_entries.c.sequence.desc()).limit(count)
        if before is not None:
            query = query.where(audit_entries.c.sequence < before)
        with self._reading() as connection:
            return [
                StoredEntry(
                    sequence=row.sequence,
                    entry=AuditEntry(
                        event_time=_time(row.event_time_us),
                        caller=row.caller,
                        method=row.method,
                        resource=row.resource,
                        outcome=row.outcome,
                    ),
                )
                for row in connection.execute(query)
            ]

    def prune(self, since: datetime, entry_count: int) -> None:
        """Forget the entries that are older than `since`, and all but the newest `entry_count`."""
        with self._transaction() as connection:
            newest = connection.execute(select(func.max(audit_entries.c.sequence))).scalar() or 0
            connection.execute(
                delete(audit_entries).where(
                    or_(
                        audit_entries.c.event_time_us < _us(since),
                        audit_entries.c.sequence <= newest - entry_count,
                    )
                )
            )

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def _reading(self) -> AbstractContextManager[Connection]:
        return _translated(database.reading(self._engine))

    def _transaction(self) -> AbstractContextManager[Connection]:
        return _translated(database.transaction(self._engine))


@contextmanager
def _translated(opened: AbstractContextManager[Connection]) -> Iterator[Connection]:
    try:
        with opened as connection:
            yield connection
    except DatabaseUnavailable as error:
        raise trouble_of(error) from error


def _us(time: datetime) -> int:
    return (time - _EPOCH) // _US


def _time(us: int) -> datetime:
    return _EPOCH + us * _US
