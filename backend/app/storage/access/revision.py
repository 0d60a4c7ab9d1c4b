"""The revision of keys and sessions: processes that know it know whether they have to read them again."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.storage.database import Cursor, fetch_row
from app.storage.models.access import AccessRevision


def raise_revision(session: Session) -> None:
    """
    Raise the revision, before keys or sessions are changed in the same transaction.

    Its row is locked until the transaction ends, so a reader that sees a number sees all changes up to it.
    """
    session.execute(update(AccessRevision).values(revision=AccessRevision.revision + 1))


def read_revision(cursor: Cursor) -> int:
    """The revision as it is committed."""
    cursor.execute("SELECT revision FROM access_revision")
    revision: int = fetch_row(cursor)[0]
    return revision
