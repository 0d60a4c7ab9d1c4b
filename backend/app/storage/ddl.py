"""Helpers for migrations: schema changes that do not block other sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

#: Seconds for which a migration queues for the lock of a table, and blocks every later statement on it.
LOCK_TIMEOUT = 3


def limit_lock_waits() -> None:
    """First statement of a migration: give up soon where others hold a lock; the migration is tried again."""
    op.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'")


def create_index(
    name: str,
    table: str,
    columns: Sequence[str | sa.TextClause],
    *,
    where: str | None = None,
    unique: bool = False,
    **options: Any,
) -> None:
    """
    Create an index while others read and write the table.

    It cannot be part of a transaction, so a migration that calls this does nothing else that must not be done twice. An
    index that an attempt before left half done is removed first. ``options`` are those of Alembic for Postgres.
    """
    with op.get_context().autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name,
            table,
            list(columns),
            unique=unique,
            postgresql_concurrently=True,
            postgresql_where=None if where is None else sa.text(where),
            **options,
        )


def drop_index(name: str, table: str) -> None:
    """Drop an index while others read and write the table."""
    with op.get_context().autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
