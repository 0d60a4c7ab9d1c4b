"""The identity of an installation: that of its database."""

from __future__ import annotations

import psycopg2.errors

from app.storage.database import Cursor, fetch_row


def installation_id(cursor: Cursor) -> str | None:
    """The server and the database, by numbers that Postgres gave them; None where the role may not read them."""
    try:
        cursor.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system()) || '.' || oid FROM pg_database"
            " WHERE datname = current_database()"
        )
    except psycopg2.errors.InsufficientPrivilege:
        return None
    return str(fetch_row(cursor)[0])
