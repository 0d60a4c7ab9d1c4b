"""Rotation: every sealed value is encrypted again under the newest key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.secrets.box import FORMAT, DecryptionFailed, SecretBox
from app.storage.database import ConnectionPool, Cursor, transaction
from app.storage.sealed_values import SEALED_COLUMNS, OutdatedRow, SealedColumn, lock_outdated, replace_sealed

#: Values that one transaction encrypts again; their rows are locked meanwhile.
BATCH = 100


@dataclass(frozen=True)
class Batch:
    """What one transaction has done."""

    #: Values that were encrypted again.
    rotated: int
    #: A sentence for each value that no key opens; it stays as it is.
    faults: tuple[str, ...]


def rotate(engine: ConnectionPool, box: SecretBox, *, batch: int = BATCH) -> Iterator[Batch]:
    """
    Encrypt all values again that are not under the newest key; yield after each committed batch.

    It may end after any batch, and begin again: each value is readable all the time, with the old key or the new one.
    Values that others store meanwhile are waited for. Raises Conflict without a key.
    """
    for column in SEALED_COLUMNS:
        yield from _rotate_column(engine, box, column, batch)


def _rotate_column(engine: ConnectionPool, box: SecretBox, column: SealedColumn, batch: int) -> Iterator[Batch]:
    after = ""
    while True:
        with transaction(engine) as cursor:
            rows = _next_rows(cursor, box, column, after, batch)
            found = [_rotate_row(cursor, box, column, row) for row in rows]
        if not rows:
            return
        after = rows[-1].id
        faults = tuple(fault for fault in found if fault)
        yield Batch(len(rows) - len(faults), faults)


def _next_rows(cursor: Cursor, box: SecretBox, column: SealedColumn, after: str, batch: int) -> list[OutdatedRow]:
    return lock_outdated(cursor, column, key_at=len(FORMAT) + 1, key=box.newest.id, after=after, limit=batch)


def _rotate_row(cursor: Cursor, box: SecretBox, column: SealedColumn, row: OutdatedRow) -> str | None:
    """Encrypt one value again; the sentence why not."""
    name = f"{column.kind} {row.name}"
    try:
        value = box.open_sealed(name, row.sealed)
    except DecryptionFailed as error:
        return str(error)
    replace_sealed(cursor, column, row.id, box.seal(name, value))
    return None
