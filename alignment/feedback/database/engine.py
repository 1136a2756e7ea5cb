"""Where the ratings live: the address of the database, its engine, its migrations and its errors.

SQLite and PostgreSQL behave alike: one writer at a time (BEGIN IMMEDIATE there, an advisory lock here),
readers see a finished state, and a commit that was acknowledged survives a kill (WAL with synchronous=FULL).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from alignment.artifact import disk_full
from alignment.errors import UserError
from alignment.feedback.database.schema import REVISION

FILE_NAME = "feedback.sqlite"
VARIABLE = "ATTUNE_DATABASE_URL"
READ_ONLY = "attune_read_only"
PATIENCE = 30  # seconds that a writer waits for another process's
# One writer in a schema, since apps may share a database; the number is any of our own.
_TAKE_WRITER_LOCK = "SELECT pg_advisory_xact_lock(7206310, hashtext(coalesce(current_schema(), '')))"
_POOL: dict[str, Any] = {"pool_size": 20, "pool_use_lifo": True}  # beyond its size, each use opens a connection
_ALLOWED = "sqlite:///path/to/file.sqlite or postgresql://user:password@host/database"


def default_url(root: str | Path) -> str:
    """ATTUNE_DATABASE_URL where it is set, else `<root>/feedback.sqlite`."""
    return os.environ.get(VARIABLE) or f"sqlite:///{Path(root) / FILE_NAME}"


def connect(url: str) -> Engine:
    """The engine for an address; a file's folder is made.

    UserError for an address that is none of the two kinds.
    """
    parsed = _parse(url)
    with database_errors(parsed):
        if parsed.get_backend_name() == "sqlite":
            return _connect_sqlite(parsed)
        try:
            engine = sa.create_engine(parsed, pool_pre_ping=True, **_POOL)
        except ModuleNotFoundError as error:
            raise UserError(
                f"a PostgreSQL address, and no driver for it ({error.name})",
                do='pip install "psycopg[binary]"',
            ) from error
        return engine


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UserError("the database address cannot be read", _ALLOWED, f"correct {VARIABLE}") from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise UserError(f"a database of kind {parsed.drivername!r}", _ALLOWED, f"correct {VARIABLE}, or unset it")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise UserError("an SQLite database in memory would be lost", _ALLOWED, "name a file")
    return parsed


def _connect_sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"the folder of the ratings database cannot be made: {path.parent} ({error.strerror})",
            do="choose another root, or free it",
        ) from error
    engine = sa.create_engine(url, connect_args={"timeout": PATIENCE}, **_POOL)

    @sa.event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver opens no transaction of its own; `begin` below does
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-256",  # KiB of pages a connection keeps, of 20; the system keeps the file in memory anyway
            "recursive_triggers=ON",  # so that INSERT OR REPLACE meets the append-only trigger too
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def reading(engine: Engine) -> dict[str, Any]:
    """Options of a connection that only reads, and sees one state of the database from its first query to its last."""
    if engine.dialect.name == "sqlite":
        return {READ_ONLY: True}
    return {"isolation_level": "REPEATABLE READ"}


def take_writer_lock(connection: Connection) -> None:
    """Waits until this transaction is the only writer. On SQLite it already is (BEGIN IMMEDIATE)."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(_TAKE_WRITER_LOCK))


def can_write(engine: Engine, wait: float) -> bool:
    """Whether a writer gets its turn within `wait` seconds; nothing is written."""
    if engine.dialect.name == "sqlite":
        limit, take = "PRAGMA busy_timeout = {}", "BEGIN IMMEDIATE"
    else:
        limit, take = "SET lock_timeout = {}", _TAKE_WRITER_LOCK
    link = engine.raw_connection()  # past SQLAlchemy, which would begin to write before the limit is set
    try:
        link.cursor().execute(limit.format(round(wait * 1000)))
        link.cursor().execute(take)
        return True
    except _driver_errors(engine):
        return False
    finally:
        link.invalidate()  # its limit is no other's; closing it ends the transaction


def _driver_errors(engine: Engine) -> type[Exception]:
    """What the database's own driver raises."""
    found: type[Exception] = engine.dialect.loaded_dbapi.OperationalError
    return found


def upgrade(engine: Engine) -> None:
    """Brings the schema to `REVISION` in one transaction; two processes may try at once.

    UserError when the database was written by a later version than this.
    """
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection, connection.begin():
        if current(connection) == REVISION:
            return
    with engine.begin() as connection:
        take_writer_lock(connection)
        if current(connection) != REVISION:
            _migrate(connection)


def current(connection: Connection) -> str | None:
    """The schema a database is at; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = current(connection)
    if found is not None and found not in known:
        raise UserError(
            f"the ratings database is at schema {found}, which this version does not know",
            f"schemas up to {REVISION}",
            "update Attune, or use another database",
        )
    command.upgrade(config, REVISION)


@contextmanager
def database_errors(url: URL) -> Iterator[None]:
    """Turns what a user can mend (place, permission, disk, connection) into a UserError; the rest passes."""
    try:
        yield
    except PoolTimeout as error:
        place = url.render_as_string(hide_password=True)
        raise UserError(f"the ratings database did not answer in time: {place}", do="try again") from error
    except DBAPIError as error:
        if "0x00" in str(error.orig):  # from PostgreSQL, of a name that was asked for; SQLite just finds none
            raise UserError("a text with a NUL character", "text without it") from error
        place = url.render_as_string(hide_password=True)
        if _no_room(url, str(error.orig)):
            raise disk_full(place) from error
        advice = _advice(str(error.orig))
        if advice is None:
            raise
        first_line = str(error.orig).strip().splitlines()[0]
        raise UserError(f"the ratings database {place}: {first_line}", do=advice) from error


LEAST_ROOM = 1 << 20  # bytes
_ADVICE = {
    "unable to open database file": "check that its folder is there and may be written",
    "readonly database": "allow writing to the file and its folder",
    "disk i/o error": "check the disk; nothing was half-written",
    "no space left": "free some space; nothing was half-written",
    "file is not a database": f"move the file away, or name another with {VARIABLE}",
    "database disk image is malformed": f"restore the file from a copy, or name another with {VARIABLE}",
    "database is locked": "another process holds it: end that, then run the command again",
    "connection failed": f"start the server, or correct {VARIABLE}",
    "connection refused": f"start the server, or correct {VARIABLE}",
    "password authentication failed": f"correct {VARIABLE}",
    "permission denied": "give the database user the right to create and write tables",
    "server closed the connection": "start the server, then run the command again",
}


def _no_room(url: URL, message: str) -> bool:
    """Whether SQLite failed for want of room: its shared memory file then tells of an I/O error alone."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return False
    folded = message.lower()
    if "disk i/o error" in folded and Path(url.database).parent.is_dir():
        return shutil.disk_usage(Path(url.database).parent).free < LEAST_ROOM
    return "disk is full" in folded


def _advice(message: str) -> str | None:
    folded = message.lower()
    return next((advice for sign, advice in _ADVICE.items() if sign in folded), None)
