"""Bring a database to the schema of this build; many processes may do it at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cache

import psycopg2.errors
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from app.settings import BACKEND
from app.storage.database import parse_url
from app.storage.ddl import LOCK_TIMEOUT

log = logging.getLogger(__name__)

#: The number of the advisory lock, which no other program may use: the letters of "trigraph".
LOCK = 0x7472696772617068
#: Seconds that a Postgres may take to start.
START_TIMEOUT = 60.0
#: Seconds for which migrations are tried again that did not get their locks.
MIGRATION_TIMEOUT = 600.0


class Schema(Enum):
    """How the schema of a database compares with the one of this build."""

    MISSING = "missing"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def migrate(url: str, *, patience: float = START_TIMEOUT, timeout: float = MIGRATION_TIMEOUT) -> None:
    """
    Upgrade the database at this libpq URL; a process that comes second waits, and finds nothing left to do.

    A schema that this build does not know is a newer one: it is left alone, and served. Seconds: ``patience`` for a
    Postgres that is starting, ``timeout`` for locks that others hold.
    """
    engine = create_engine(parse_url(url), poolclass=NullPool)
    with open_connection(engine, patience) as connection, lock_migrations(engine):
        schema = read_schema(connection)
        if schema is Schema.NEWER:
            log.warning(
                "The database has schema %s, which is newer than this build (%s): it is served as it is.",
                read_revision(connection),
                head(),
            )
        elif schema is not Schema.CURRENT:
            upgrade(connection, timeout)


def upgrade(connection: Connection, timeout: float) -> None:
    """Run the migrations that are left, each in a transaction of its own; again while they do not get their locks."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            command.upgrade(config(connection), "head")
            connection.commit()
            return
        except DBAPIError as error:
            connection.rollback()
            if not isinstance(error.orig, psycopg2.errors.LockNotAvailable) or time.monotonic() > deadline:
                raise
            log.warning("A migration did not get its lock within %g s; it is tried again.", LOCK_TIMEOUT)
        # Statements that queued behind this migration go first.
        time.sleep(LOCK_TIMEOUT)


def read_schema(connection: Connection) -> Schema:
    """How the database's schema compares with the one of this build."""
    revision = read_revision(connection)
    if revision is None:
        return Schema.MISSING
    if revision not in known_revisions():
        return Schema.NEWER
    return Schema.CURRENT if revision == head() else Schema.OLDER


def read_revision(connection: Connection) -> str | None:
    """The revision that the database has; None before the first migration."""
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return revision


def head() -> str:
    """The newest revision that this build knows."""
    return known_revisions()[0]


@cache
def known_revisions() -> tuple[str, ...]:
    """The revisions that this build knows, the newest first; Alembic imports all migrations to find them."""
    return tuple(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def wait_for_schema(url: str, *, pause: float = 1.0) -> None:
    """Return once the database has the schema of this build, or a newer one; for processes that do not migrate."""
    engine = create_engine(parse_url(url), poolclass=NullPool)
    logged: str | None = None
    while True:
        state = _state_of(engine)
        if state in (Schema.CURRENT, Schema.NEWER):
            return
        reason = "Postgres is not available" if state is None else f"the schema of the database is {state.value}"
        if reason != logged:
            log.warning("Waiting for an API process to migrate the database: %s.", reason)
            logged = reason
        time.sleep(pause)


def _state_of(engine: Engine) -> Schema | None:
    """The state of the schema; None while Postgres cannot be reached."""
    try:
        with engine.connect() as connection:
            return read_schema(connection)
    except OperationalError as error:
        if is_final(error):
            raise
        return None


def open_connection(engine: Engine, patience: float) -> Connection:
    """A connection, also to a Postgres that is still starting; a wrong password or name is an error at once."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            if time.monotonic() > deadline or is_final(error):
                raise
        time.sleep(0.2)


def is_final(error: OperationalError) -> bool:
    """True where the server itself refused us, for another reason than that it is not ready yet."""
    message = str(error.orig)
    passing = ("starting up", "shutting down", "recovery", "too many", "remaining connection slots")
    return "FATAL" in message and not any(word in message for word in passing)


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file."""
    made = Config()
    made.set_main_option("script_location", str(BACKEND / "migrations").replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


@contextmanager
def lock_migrations(engine: Engine) -> Iterator[None]:
    """
    Hold the lock that every migrating process takes.

    It belongs to a transaction of a second connection: it ends with it, whatever happens, also behind a pooler. Others
    ask again and again, because an index that is built concurrently would wait for their waiting statements.
    """
    with engine.connect() as holder:
        while not holder.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
            holder.rollback()
            time.sleep(0.1)
        holder.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield
