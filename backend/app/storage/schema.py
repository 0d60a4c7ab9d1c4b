"""The schema of a database, compared with the one of this build; without Alembic, whose memory few processes need."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from enum import Enum

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from app.settings import BACKEND
from app.storage.database import parse_url

log = logging.getLogger(__name__)

#: The folder of the migrations; the name of each begins with its revision.
VERSIONS = BACKEND / "migrations" / "versions"
#: Seconds that a Postgres may take to start.
START_TIMEOUT = 60.0


class Schema(Enum):
    """How the schema of a database compares with the one of this build."""

    MISSING = "missing"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def bring_up_to_date(url: str, *, patience: float = START_TIMEOUT) -> None:
    """
    Have a process of its own migrate the database at this libpq URL, where its schema is not that of this build.

    ``patience``: seconds for a Postgres that is starting. Raises OperationalError, and RuntimeError where the migration
    fails; its log says why.
    """
    engine = create_engine(parse_url(url), poolclass=NullPool)
    with open_connection(engine, patience) as connection:
        schema = read_schema(connection)
        if schema is Schema.NEWER:
            warn_of_newer(connection)
    if schema in (Schema.MISSING, Schema.OLDER):
        command = [sys.executable, "-m", "app.storage.migrate"]
        status = subprocess.run(command, cwd=BACKEND, env={**os.environ, "DATABASE_URL": url}).returncode
        if status:
            raise RuntimeError(f"The migration of the database ended with status {status}; its messages are above.")


def warn_of_newer(connection: Connection) -> None:
    log.warning(
        "The database has schema %s, which is newer than this build (%s): it is served as it is.",
        read_revision(connection),
        head(),
    )


def read_schema(connection: Connection) -> Schema:
    """How the database's schema compares with the one of this build."""
    revision = read_revision(connection)
    if revision is None:
        return Schema.MISSING
    if revision not in list_revisions():
        return Schema.NEWER
    return Schema.CURRENT if revision == head() else Schema.OLDER


def read_revision(connection: Connection) -> str | None:
    """The revision that the database has, as Alembic keeps it; None before the first migration."""
    has_any = connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version")) if has_any else None
    connection.rollback()
    return revision


def list_revisions() -> list[str]:
    """The revisions that this build knows, oldest first."""
    return sorted(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def head() -> str:
    """The newest revision that this build knows."""
    return list_revisions()[-1]


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
