"""Connections to Postgres as a pool lends them, and transactions on them."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg2
import psycopg2.errors
import psycopg2.extensions
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection

from app.errors import InvalidInput
from app.settings import Settings
from app.storage.connection import Connection

#: Seconds to wait for a connection of the pool to come free.
POOL_TIMEOUT = 10
#: Connections that a worker needs beside those of its handler threads: timekeeper, leases, heartbeat, matching.
SPARE = 8
#: A cursor of the driver, as the statements of ``app.storage`` take it.
Cursor = psycopg2.extensions.cursor


class PoolTimeout(psycopg2.OperationalError):
    """No connection of the pool came free in time."""


class BorrowedConnection(Protocol):
    """A connection that a pool has lent."""

    @property
    def driver_connection(self) -> Any: ...

    @property
    def is_valid(self) -> bool:
        """False once it was thrown away."""

    def invalidate(self, error: BaseException | None = None) -> None:
        """Throw it away."""

    def close(self) -> None:
        """Give it back."""


class ConnectionPool(Protocol):
    """The pool of a process: SQLAlchemy's engine where there are sessions of its ORM, or else ``DriverPool``."""

    def raw_connection(self) -> BorrowedConnection:
        """Lend a connection. Raises PoolTimeout, and OperationalError where none can be opened."""

    def dispose(self) -> None:
        """Replace all connections."""


def pool_size_for(settings: Settings, *, threads: int) -> int:
    """
    The connections that a process with this number of handler threads needs: one for each, and ``SPARE`` of its own.

    Raises InvalidInput where ``DATABASE_POOL_SIZE`` is set, and is less.
    """
    needed = threads + SPARE
    if settings.database_pool_size >= needed:
        return settings.database_pool_size
    if "database_pool_size" in settings.model_fields_set and threads > 1:
        raise InvalidInput(
            f"DATABASE_POOL_SIZE is {settings.database_pool_size}; a worker with {threads} threads needs {needed}."
        )
    return settings.database_pool_size if threads == 1 else needed


@contextmanager
def driver(pool: ConnectionPool) -> Iterator[connection]:
    """
    A psycopg2 connection in autocommit: one ``execute`` is one transaction, unless its text contains BEGIN.

    After an error an open transaction is rolled back. A broken connection is thrown away, and that of a stopped thread.
    """
    borrowed = pool.raw_connection()
    raw: Any = borrowed.driver_connection
    try:
        raw.autocommit = True
        yield raw
    except BaseException as error:
        if is_read_only(error):
            # The server has become a standby: none of the connections to it is of use.
            pool.dispose()
        if breaks_connection(error):
            borrowed.invalidate(error)
        raise
    finally:
        give_back(borrowed)


@contextmanager
def transaction(pool: ConnectionPool) -> Iterator[Cursor]:
    """A cursor inside BEGIN and COMMIT; any error rolls back what was done with it."""
    with driver(pool) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN")
        yield cursor
        cursor.execute("COMMIT")


def is_idle(cursor: Cursor) -> bool:
    """True where no transaction is open, nor opened by the driver, as on cursors of sessions."""
    raw = cursor.connection
    return bool(raw.autocommit) and raw.info.transaction_status == TRANSACTION_STATUS_IDLE


def begin(cursor: Cursor) -> None:
    """Open a transaction if none is open."""
    if is_idle(cursor):
        cursor.execute("BEGIN")


def commit(cursor: Cursor) -> None:
    """Commit what is open on a cursor of ``driver``; nothing is sent where a statement has committed already."""
    if cursor.connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
        cursor.execute("COMMIT")


def fetch_row(cursor: Cursor) -> tuple[Any, ...]:
    """The next row of a statement that has one."""
    row = cursor.fetchone()
    if row is None:
        raise LookupError("Postgres returned no row where one was expected.")
    return row


def give_back(borrowed: BorrowedConnection) -> None:
    """Return a connection to the pool as it was lent: nothing open, autocommit off."""
    raw: Any = borrowed.driver_connection if borrowed.is_valid else None
    try:
        if raw is not None and not raw.closed:
            if raw.info.transaction_status != TRANSACTION_STATUS_IDLE:
                raw.cursor().execute("ROLLBACK")
            raw.autocommit = False
    except BaseException as error:
        borrowed.invalidate(error)
        if not isinstance(error, psycopg2.Error):  # The thread is stopped; a transaction may still be open.
            raise
    finally:
        borrowed.close()


def is_lost(raw: Connection) -> bool:
    """Return True for a connection of the pool that leads to no server, or not to the right one."""
    # An idle connection has nothing to read, except that its server ends it; so this costs no round trip.
    return bool(raw.closed) or raw.is_expired or is_readable(raw.fileno())


def is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def breaks_connection(error: BaseException) -> bool:
    """True where the connection on which an error was raised may be of no more use."""
    if not isinstance(error, Exception):  # The thread is stopped: nobody has noted what the server did last.
        return True
    if isinstance(error, PoolTimeout):  # No other one was free for the thread that has this one.
        return False
    return isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)) or is_read_only(error)


def is_read_only(error: BaseException | None) -> bool:
    """True where a server that is a standby, or has become one, refused a write."""
    return isinstance(error, psycopg2.errors.ReadOnlySqlTransaction)
