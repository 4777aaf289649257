"""Opening a program's SQL database: SQLite embedded, PostgreSQL beyond one machine.

The tables and their migrations belong to the programs; here stands what both need to open them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

_BUSY_TIMEOUT_MS = 15_000
_VERSION_TABLE = "alembic_version"


class DatabaseUnavailable(Exception):
    """A database cannot be opened, read or written; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The tables of a program, as its migrations make them."""

    migrations: Path
    """Folder with alembic's `env.py` and `versions`."""
    revision: str
    """The newest revision. Known without alembic, whose import a current database can spare."""


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite database in the file `path`."""
    return f"sqlite:///{path}"


def open_database(url: str, schema: Schema) -> Engine:
    """Return an engine for the database at `url`, its tables brought up to date.

    Raises:
        DatabaseUnavailable: it cannot be reached, is damaged, or is of a newer version.
    """
    shown = make_url(url).render_as_string(hide_password=True)
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    try:
        _bring_up_to_date(engine, schema, shown)
    except DBAPIError as error:
        engine.dispose()
        raise DatabaseUnavailable(f'cannot open the database "{shown}": {error.orig}') from error
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open a transaction: all of it is written, or nothing.

    Raises:
        DatabaseUnavailable: the database did not take it. Broken constraints pass unchanged.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if isinstance(error, IntegrityError):
            raise
        shown = engine.url.render_as_string(hide_password=True)
        raise DatabaseUnavailable(f'the database "{shown}" failed: {error.orig}') from error


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401  # a DBAPI's own class
        connection.isolation_level = None  # we begin transactions ourselves, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A deferred transaction that reads first cannot wait for a writer: it fails at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _bring_up_to_date(engine: Engine, schema: Schema, shown: str) -> None:
    with engine.begin() as connection:
        if _revision(connection) == schema.revision:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(schema.migrations))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, schema.revision)
        except CommandError as error:
            raise DatabaseUnavailable(
                f'the database "{shown}" was written by a newer version of Freshet; install that '
                f"version, or move the file away to begin anew ({error})"
            ) from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()
