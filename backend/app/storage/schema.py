"""The schema of a database, compared with the one of this build; without Alembic, whose memory few processes need."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from contextlib import closing
from enum import Enum

import psycopg2
from psycopg2.extensions import connection

from app.settings import BACKEND
from app.storage.database import fetch_row

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
    with closing(open_connection(url, patience)) as opened:
        schema = read_schema(opened)
        if schema is Schema.NEWER:
            warn_of_newer(opened)
    if schema in (Schema.MISSING, Schema.OLDER):
        command = [sys.executable, "-m", "app.storage.migrate"]
        status = subprocess.run(command, cwd=BACKEND, env={**os.environ, "DATABASE_URL": url}).returncode
        if status:
            raise RuntimeError(f"The migration of the database ended with status {status}; its messages are above.")


def warn_of_newer(opened: connection) -> None:
    log.warning(
        "The database has schema %s, which is newer than this build (%s): it is served as it is.",
        read_revision(opened),
        head(),
    )


def read_schema(opened: connection) -> Schema:
    """How the database's schema compares with the one of this build."""
    revision = read_revision(opened)
    if revision is None:
        return Schema.MISSING
    if revision not in list_revisions():
        return Schema.NEWER
    return Schema.CURRENT if revision == head() else Schema.OLDER


def read_revision(opened: connection) -> str | None:
    """The revision that the database has, as Alembic keeps it; None before the first migration."""
    with opened.cursor() as cursor:
        cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
        (has_any,) = fetch_row(cursor)
        cursor.execute("SELECT max(version_num) FROM alembic_version" if has_any else "SELECT NULL")
        (revision,) = fetch_row(cursor)
    opened.rollback()
    return str(revision) if revision else None


def list_revisions() -> list[str]:
    """The revisions that this build knows, oldest first."""
    return sorted(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def head() -> str:
    """The newest revision that this build knows."""
    return list_revisions()[-1]


def wait_for_schema(url: str, *, pause: float = 1.0) -> None:
    """Return once the database has the schema of this build, or a newer one; for processes that do not migrate."""
    logged: str | None = None
    while True:
        state = _state_of(url)
        if state in (Schema.CURRENT, Schema.NEWER):
            return
        reason = "Postgres is not available" if state is None else f"the schema of the database is {state.value}"
        if reason != logged:
            log.warning("Waiting for an API process to migrate the database: %s.", reason)
            logged = reason
        time.sleep(pause)


def _state_of(url: str) -> Schema | None:
    """The state of the schema; None while Postgres cannot be reached."""
    try:
        with closing(psycopg2.connect(url)) as opened:
            return read_schema(opened)
    except psycopg2.OperationalError as error:
        if is_final(error):
            raise
        return None


def open_connection(url: str, patience: float) -> connection:
    """A connection, also to a Postgres that is still starting; a wrong password or name is an error at once."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return psycopg2.connect(url)
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline or is_final(error):
                raise
        time.sleep(0.2)


def is_final(error: psycopg2.OperationalError) -> bool:
    """True where the server itself refused us, for another reason than that it is not ready yet."""
    message = str(error)
    passing = ("starting up", "shutting down", "recovery", "too many", "remaining connection slots")
    return "FATAL" in message and not any(word in message for word in passing)
