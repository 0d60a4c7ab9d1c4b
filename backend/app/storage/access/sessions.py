"""Sessions of the studio: opened at sign-in, named by a cookie."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func
from sqlalchemy.orm import Session

from app.storage.access.revision import raise_revision
from app.storage.models.access import LoginSession


def create_session(
    session: Session, digest: bytes, *, name: str, key_id: str | None, scopes: Sequence[str], hours: float
) -> None:
    """Store a session that ends after ``hours``; sessions that have ended are removed."""
    raise_revision(session)
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= func.now()))
    expires_at = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, hours * 3600)
    session.add(LoginSession(digest=digest, key_id=key_id, name=name, scopes=list(scopes), expires_at=expires_at))
    session.flush()


def delete_session(session: Session, digest: bytes) -> None:
    """End a session."""
    raise_revision(session)
    session.execute(delete(LoginSession).where(LoginSession.digest == digest))
