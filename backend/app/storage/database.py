"""Connections to Postgres: one pool a process, for the ORM and for the statements that go straight to the driver."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.errors
import psycopg2.extensions
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, new_array_type, new_type, register_type
from sqlalchemy import URL, Engine, ExceptionContext, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError

from app.errors import InvalidInput
from app.settings import Settings
from app.storage import json_text
from app.storage.connection import Connection
from app.storage.connection import Cursor as WatchedCursor
from app.storage.watch import DEFAULT_LIMITS, ConnectionWatch, WatchLimits

#: Seconds to wait for Postgres to answer a connection attempt.
CONNECT_TIMEOUT = 5
#: Seconds to wait for a connection of the pool to come free.
POOL_TIMEOUT = 10
#: Connections that a worker needs beside those of its handler threads: timekeeper, leases, heartbeat, matching.
SPARE = 8
#: How libpq notices a host that is lost: after 10 s of silence it asks three times, and what was sent is acknowledged
#: within 15 s.
LIVENESS = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
#: How the driver reads Postgres' types ``uuid`` and ``uuid[]``, by their object ids.
ID = new_type((2950,), "ID", lambda text, cursor: text)
IDS = new_array_type((2951,), "IDS", ID)

#: How every session of ours is set.
SESSION = {
    "timezone": "UTC",
    # What is prepared is looked up by keys: planning it anew for each value costs three times its execution.
    "plan_cache_mode": "force_generic_plan",
    # A process that stops in the middle of a transaction, or is cut off, must not hold its execution for ever.
    "idle_in_transaction_session_timeout": "20s",
    # A statement that waits for a lock for so long is given up, and tried again.
    "lock_timeout": "30s",
    # Statements that lock a row and then read it have to see what the last holder has committed.
    "default_transaction_isolation": r"read\ committed",
}
#: A cursor of the driver, as the statements of ``app.storage`` take it.
Cursor = psycopg2.extensions.cursor


def make_engine(settings: Settings, *, pool_size: int | None = None, limits: WatchLimits = DEFAULT_LIMITS) -> Engine:
    """The pool, of ``DATABASE_POOL_SIZE`` connections where nothing else is given; it connects when first asked."""
    shares_session = settings.database_pooler == "transaction"
    url = parse_url(settings.database)
    arguments = connect_arguments(url, shares_session=shares_session)
    engine = create_engine(
        url,
        pool_size=pool_size or settings.database_pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        pool_use_lifo=True,
        connect_args={**arguments, "connection_factory": Connection, "cursor_factory": WatchedCursor},
        json_serializer=json_text.dumps,
        json_deserializer=json_text.loads,
    )
    parameters = {**engine.dialect.create_connect_args(url)[1], **arguments}
    watch_connections(engine, ConnectionWatch(parameters, limits, shares_session=shares_session))
    return engine


def watch_connections(engine: Engine, watch: ConnectionWatch) -> None:
    """Prepare each new connection of the pool, and replace those that lead to no server, or not to the right one."""

    @event.listens_for(engine, "connect")
    def prepare_connection(raw: Connection, record: object) -> None:
        # Ids are text everywhere in our code; SQLAlchemy has the driver make UUID objects of them.
        register_type(ID, raw)
        register_type(IDS, raw)
        watch.add(raw)

    @event.listens_for(engine, "checkout")
    def refuse_dead_connection(raw: Connection, record: object, proxy: object) -> None:
        if is_lost(raw):
            raise DisconnectionError

    @event.listens_for(engine, "handle_error")
    def drop_standby(context: ExceptionContext) -> None:
        if is_read_only(context.original_exception):
            context.is_disconnect = True
            watch.expire()


def parse_url(url: str) -> URL:
    """A libpq URL as SQLAlchemy reads it."""
    return make_url(url).set(drivername="postgresql+psycopg2")


def connect_arguments(url: URL, *, shares_session: bool) -> dict[str, Any]:
    """Arguments for libpq beside the URL; a parameter that the URL sets is not overridden."""
    arguments = {
        **LIVENESS,
        "connect_timeout": CONNECT_TIMEOUT,
        "application_name": "trigraph",
        # A standby refuses our writes; refused at once, the next host of the URL is tried.
        "target_session_attrs": "read-write",
    }
    if not shares_session:
        # A pooler refuses these, as a session of it is not one of the server.
        arguments["options"] = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    return {name: value for name, value in arguments.items() if name not in url.query}


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
def driver(engine: Engine) -> Iterator[connection]:
    """
    A psycopg2 connection in autocommit: one ``execute`` is one transaction, unless its text contains BEGIN.

    After an error an open transaction is rolled back; a broken connection is thrown away.
    """
    borrowed = engine.raw_connection()
    raw: Any = borrowed.driver_connection
    try:
        raw.autocommit = True
        yield raw
    except psycopg2.Error as error:
        if is_read_only(error):
            # The server has become a standby: none of the connections to it is of use.
            engine.dispose()
        if isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)) or is_read_only(error):
            borrowed.invalidate(error)
        raise
    finally:
        give_back(borrowed)


@contextmanager
def transaction(engine: Engine) -> Iterator[Cursor]:
    """A cursor inside BEGIN and COMMIT; any error rolls back what was done with it."""
    with driver(engine) as connection, connection.cursor() as cursor:
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


def give_back(borrowed: PoolProxiedConnection) -> None:
    """Return a connection to the pool as it was lent: nothing open, autocommit off."""
    raw: Any = borrowed.driver_connection if borrowed.is_valid else None
    try:
        if raw is not None and not raw.closed:
            if raw.info.transaction_status != TRANSACTION_STATUS_IDLE:
                raw.cursor().execute("ROLLBACK")
            raw.autocommit = False
    except psycopg2.Error as error:
        borrowed.invalidate(error)
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


def is_read_only(error: BaseException | None) -> bool:
    """True where a server that is a standby, or has become one, refused a write."""
    return isinstance(error, psycopg2.errors.ReadOnlySqlTransaction)
