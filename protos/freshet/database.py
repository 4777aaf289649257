"""Opening a program's SQL database: SQLite embedded, PostgreSQL beyond one machine.

The tables and their migrations belong to the programs; here stands what both need to open them, and
the one place that knows the errors of drivers.

    DatabaseUnavailable     not reachable, or busy for too long; the rest are its special cases
    ├── DatabaseDamaged     the file is corrupt, or no database at all
    ├── DatabaseReadOnly    file or folder must not be written
    ├── DatabaseFull        no space is left
    └── DatabaseTooNew      a newer version of Freshet wrote it
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

_BUSY_TIMEOUT_MS = 15_000
_POSTGRESQL: dict[str, Any] = {
    "application_name": "freshet",
    "connect_timeout": 5,
    "options": f"-c lock_timeout={_BUSY_TIMEOUT_MS}",
    # A server that answers nothing is given up after about ten seconds.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""How connections are made, in the words of libpq."""
_VERSION_TABLE = "alembic_version"
_READING = "freshet_reading"


class DatabaseUnavailable(Exception):
    """A database cannot be opened, read or written; the message says which and what to do."""


class DatabaseDamaged(DatabaseUnavailable):
    """The file is corrupt, or no database at all."""


class DatabaseReadOnly(DatabaseUnavailable):
    """File or folder must not be written."""


class DatabaseFull(DatabaseUnavailable):
    """No space is left."""


class DatabaseTooNew(DatabaseUnavailable):
    """A newer version of Freshet wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The tables of a program, as its migrations make them."""

    migrations: Path
    """Folder with alembic's `env.py` and `versions`."""
    revision: str
    """The newest revision. Known without alembic, whose import a current database can spare."""
    synced: bool = False
    """Whether a write to SQLite that was acknowledged outlives a loss of power too. All outlive
    the death of the process; syncing costs a wait for the disk in each transaction."""


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite database in the file `path`."""
    return f"sqlite:///{path}"


def open_database(url: str, schema: Schema) -> Engine:
    """Return an engine for the database at `url`, its tables brought up to date.

    Raises:
        DatabaseUnavailable: it cannot be reached, is damaged, or is of a newer version.
    """
    engine = _engine(_parsed(url), schema)
    try:
        with _translated(engine):
            _bring_up_to_date(engine, schema)
    except DatabaseUnavailable:
        engine.dispose()
        raise
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open a transaction: all of it is written, or nothing.

    Raises:
        DatabaseUnavailable: the database did not take it. Broken constraints pass unchanged.
    """
    with _translated(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes nothing: it sees one moment, and nobody waits for it.

    Raises:
        DatabaseUnavailable: the database cannot be read.
    """
    options: dict[str, Any] = {_READING: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with _translated(engine), engine.connect().execution_options(**options) as connection:
        yield connection


def has_password(url: str) -> bool:
    """Tell whether a URL holds a password; what is no URL holds none."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return False
    return parsed.password is not None or "password" in parsed.query


def connect_arguments(engine: Engine) -> dict[str, Any]:  # of any type that a driver takes
    """Return what the driver of `engine` connects with, for a connection beside it."""
    [_, arguments] = engine.dialect.create_connect_args(engine.url)
    return {**arguments, **_POSTGRESQL}


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:  # its message would show the URL, which may hold a password
        raise DatabaseUnavailable(
            "the URL of the database cannot be read; expected one like "
            "`postgresql://user@host/name` or `sqlite:////path`"
        ) from None
    known = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    driver = known.get(parsed.drivername.partition("+")[0])
    if driver is None:
        raise DatabaseUnavailable(
            f'there is no database of the kind "{parsed.drivername}"; use sqlite or postgresql'
        )
    return parsed.set(drivername=driver)


def _engine(url: URL, schema: Schema) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url)
        _prepare_sqlite(engine, "FULL" if schema.synced else "NORMAL")
        return engine
    try:
        # A server that was started anew is noticed by the ping, not by the next caller.
        return create_engine(url, pool_pre_ping=True, connect_args=_POSTGRESQL)
    except ModuleNotFoundError as error:
        raise DatabaseUnavailable(
            "PostgreSQL needs a driver; install it: `pip install 'freshet[postgres]'`"
        ) from error


def _prepare_sqlite(engine: Engine, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401  # a DBAPI's own class
        connection.isolation_level = None  # we begin transactions ourselves, below
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A deferred transaction that reads first cannot wait for a writer: it fails at once.
        read_only = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _bring_up_to_date(engine: Engine, schema: Schema) -> None:
    with reading(engine) as connection:
        if _revision(connection) == schema.revision:
            return
    with engine.begin() as connection:
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        _queue_up(connection)
        config = Config()
        config.set_main_option("script_location", str(schema.migrations))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, schema.revision)
        except CommandError as error:
            raise DatabaseTooNew(
                f'the database "{_shown(engine)}" was written by a newer version of Freshet; '
                f"install that version, or begin anew with another database ({error})"
            ) from error


def _queue_up(connection: Connection) -> None:
    """Let one of several processes that start at once do the migration, and the others find it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('freshet migrations'))"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error, IntegrityError):
            raise
        kind, advice = _kind(error)
        what = " ".join(str(error.orig).split())
        message = f'the database "{_shown(engine)}" failed: {what}; {advice}'
        raise kind(message) from error


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


_Kind = tuple[type[DatabaseUnavailable], str]
_AWAY: _Kind = DatabaseUnavailable, "look whether it runs and can be reached"
_DAMAGED: _Kind = DatabaseDamaged, "move the file away and put a backup in its place"
_READ_ONLY: _Kind = DatabaseReadOnly, "give the service the right to write the file and its folder"
_FULL: _Kind = DatabaseFull, "make space on the disk"
_BUSY: _Kind = DatabaseUnavailable, "another process holds it for too long; try again"
_KINDS = {
    # Primary result codes of SQLite, https://sqlite.org/rescode.html
    8: _READ_ONLY,
    5: _BUSY,
    11: _DAMAGED,
    13: _FULL,
    14: _READ_ONLY,  # CANTOPEN: the folder is missing, or must not be written
    26: _DAMAGED,
    # Codes of PostgreSQL, https://postgresql.org/docs/current/errcodes-appendix.html
    "25006": _READ_ONLY,
    "53100": _FULL,
    "55P03": _BUSY,
    "58030": _FULL,  # io_error: the disk does not take it
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}


def _kind(error: DBAPIError) -> _Kind:
    if state := getattr(error.orig, "sqlstate", None):
        return _KINDS.get(state, _AWAY)
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return _KINDS.get(code & 0xFF, _AWAY)
