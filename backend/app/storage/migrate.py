"""Bring a database to the newest schema; many processes may do it at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from app.settings import BACKEND

#: Any number, as long as nobody else locks it: the letters of "trigraph".
LOCK = 0x7472696772617068
#: Seconds that a Postgres may take to start.
LOCK_TIMEOUT = 60.0


def migrate(url: str, *, patience: float = LOCK_TIMEOUT) -> None:
    """Upgrade the database at this libpq URL; who comes second waits, and finds nothing left to do."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1), poolclass=NullPool)
    with open_connection(engine, patience) as connection, alone(connection):
        command.upgrade(config(connection), "head")
        connection.commit()


def open_connection(engine: Engine, patience: float) -> Connection:
    """A connection, also to a Postgres that is still starting; a wrong password or name is told at once."""
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
    said = str(error.orig)
    return "FATAL" in said and not any(word in said for word in ("starting up", "shutting down", "recovery"))


def config(connection: Connection) -> Config:
    """What Alembic has to know; it needs no file."""
    made = Config()
    made.set_main_option("script_location", str(BACKEND / "migrations").replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Hold the lock that all who migrate ask for; it goes with the connection, whatever happens."""
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()
