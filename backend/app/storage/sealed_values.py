"""Sealed values, wherever they are stored, which the rotation of keys seals anew."""

from __future__ import annotations

from typing import NamedTuple

from app.storage.database import Cursor


class SealedColumn(NamedTuple):
    """A column of sealed values; one is sealed for the kind and the name of its thing, as ``secret GITHUB``."""

    kind: str
    table: str
    #: The column of the primary key.
    id: str = "name"
    #: The column with the name.
    name: str = "name"
    column: str = "sealed"


#: Every column of sealed values.
SEALED_COLUMNS = (
    SealedColumn("secret", "secrets"),
    SealedColumn("former secret", "former_secrets", id="id"),
    SealedColumn("hook", "hooks", column="sealed_secrets"),
    SealedColumn("verify token of hook", "hooks", column="sealed_verify_token"),
    SealedColumn("subscription", "webhook_subscriptions", id="id", name="id", column="secret"),
)


class OutdatedRow(NamedTuple):
    """A value that is not sealed under the newest key."""

    id: str
    name: str
    sealed: bytes


def lock_outdated(
    cursor: Cursor, column: SealedColumn, *, key_at: int, key: bytes, after: str, limit: int
) -> list[OutdatedRow]:
    """
    Lock values that name another key than ``key``, in the order of their ids and after the id ``after``.

    ``key_at`` is the number of the byte, from 1, at which a sealed value names its key.
    """
    cursor.execute(
        f"SELECT {column.id}::text, {column.name}::text, {column.column} FROM {column.table}"
        f" WHERE substring({column.column} FROM %(at)s FOR %(bytes)s) <> %(key)s"
        f' AND {column.id}::text COLLATE "C" > %(after)s ORDER BY {column.id}::text COLLATE "C"'
        " LIMIT %(limit)s FOR UPDATE",
        {"at": key_at, "bytes": len(key), "key": key, "after": after, "limit": limit},
    )
    return [OutdatedRow(id, name, bytes(sealed)) for id, name, sealed in cursor.fetchall()]


def replace_sealed(cursor: Cursor, column: SealedColumn, id: str, sealed: bytes) -> None:
    """Write the new form of a locked value."""
    cursor.execute(f"UPDATE {column.table} SET {column.column} = %s WHERE {column.id}::text = %s", (sealed, id))
