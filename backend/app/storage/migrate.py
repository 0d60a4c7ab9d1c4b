"""Bring a database to the schema of this build; many processes may do it at once."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg2.errors
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.settings import BACKEND
from app.storage.ddl import LOCK_TIMEOUT
from app.storage.engine import DIALECT
from app.storage.schema import START_TIMEOUT, Schema, open_connection, read_schema, warn_of_newer

log = logging.getLogger(__name__)

#: The number of the advisory lock, which no other program may use: the letters of "trigraph".
LOCK = 0x7472696772617068
#: Seconds for which migrations are tried again that did not get their locks.
MIGRATION_TIMEOUT = 600.0


def migrate(url: str, *, patience: float = START_TIMEOUT, timeout: float = MIGRATION_TIMEOUT) -> None:
    """
    Upgrade the database at this libpq URL; a process that comes second waits, and finds nothing left to do.

    A schema that this build does not know is a newer one: it is left alone, and served. Seconds: ``patience`` for a
    Postgres that is starting, ``timeout`` for locks that others hold.
    """
    engine = create_engine(DIALECT, creator=partial(open_connection, url, patience), poolclass=NullPool)
    with engine.connect() as connection, lock_migrations(engine):
        raw: Any = connection.connection.driver_connection
        if read_schema(raw) is Schema.NEWER:
            warn_of_newer(raw)
        else:
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


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s: %(message)s")
    migrate(os.environ["DATABASE_URL"])
