"""Sessions of SQLAlchemy's ORM, on connections of the pool."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.storage.database import Cursor

Sessions = sessionmaker[Session]


def make_sessions(engine: Engine) -> Sessions:
    """The factory of ORM sessions; the caller that opens a session commits it."""
    return sessionmaker(engine, expire_on_commit=False)


def cursor_of(session: Session) -> Cursor:
    """A driver's cursor inside the session's own transaction."""
    cursor: Cursor = session.connection().connection.cursor()  # type: ignore[assignment]
    return cursor
