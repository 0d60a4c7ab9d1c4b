"""Connections to Postgres: one pool a process, for the ORM and for the statements that go straight to the driver."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, new_array_type, new_type, register_type
from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker

from app.settings import Settings
from app.storage import json_text
from app.storage.prepared import Connection

#: Seconds to wait for Postgres to answer a connection attempt, and for a connection of the pool to come free.
CONNECT_TIMEOUT = 10
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
}
Sessions = sessionmaker[Session]
#: A cursor of the driver, as the statements of ``app.storage`` take it.
Cursor = psycopg2.extensions.cursor


def make_engine(settings: Settings) -> Engine:
    """The pool; it connects when first asked."""
    engine = create_engine(
        settings.database.replace("postgresql://", "postgresql+psycopg2://", 1),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT,
        pool_use_lifo=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT,
            "application_name": "trigraph",
            "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
            "connection_factory": Connection,
        },
        json_serializer=json_text.dumps,
        json_deserializer=json_text.loads,
    )
    event.listen(engine, "connect", read_ids_as_text)
    event.listen(engine, "checkout", refuse_dead_connection)
    return engine


def make_sessions(engine: Engine) -> Sessions:
    """The factory of ORM sessions; whoever opens one decides when it commits."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def driver(engine: Engine) -> Iterator[connection]:
    """
    A psycopg2 connection in autocommit: one ``execute`` is one transaction, unless it says BEGIN itself.

    What an error leaves open is rolled back; a connection that broke is thrown away.
    """
    borrowed = engine.raw_connection()
    raw: Any = borrowed.driver_connection
    try:
        raw.autocommit = True
        yield raw
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
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


def cursor_of(session: Session) -> Cursor:
    """A driver's cursor inside the session's own transaction."""
    cursor: Cursor = session.connection().connection.cursor()  # type: ignore[assignment]
    return cursor


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


def read_ids_as_text(raw: connection, record: object) -> None:
    """Ids are text everywhere in our code; SQLAlchemy has told the driver to make UUID objects of them."""
    register_type(ID, raw)
    register_type(IDS, raw)


def refuse_dead_connection(raw: connection, record: object, proxy: object) -> None:
    """
    Have the pool replace a connection whose server has gone, before anything is asked of it.

    An idle connection has nothing to read, except the server's farewell; so this costs no round trip, and after a
    restart of Postgres nobody meets the connections of before.
    """
    if raw.closed or is_readable(raw.fileno()):
        raise DisconnectionError


def is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
