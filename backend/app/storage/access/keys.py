"""API keys: their digests, and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.storage.access.revision import raise_revision
from app.storage.ids import NOBODY, new_id, parse_id
from app.storage.models.access import ApiKey
from app.storage.pages import Page, PageOf


@dataclass(frozen=True)
class NewKey:
    """A key that is to be stored; the key itself is not among it."""

    name: str
    #: The first characters of the key.
    prefix: str
    #: SHA-256 of the key.
    digest: bytes
    scopes: Sequence[str]
    #: The name of the caller that made it.
    created_by: str
    expires_at: datetime | None = None
    workflow_prefix: str | None = None
    requests_per_second: int | None = None
    bytes_per_minute: int | None = None


def create_key(session: Session, new: NewKey) -> ApiKey:
    """Store a key; it is valid as soon as the transaction commits."""
    raise_revision(session)
    key = ApiKey(id=new_id(), **{**vars(new), "scopes": list(new.scopes)})
    session.add(key)
    session.flush()
    session.refresh(key)
    return key


def list_keys(session: Session, page: Page) -> PageOf[ApiKey]:
    """The keys that are not revoked, newest first; also those that have expired."""
    query = select(ApiKey).where(ApiKey.revoked_at.is_(None))
    return page.cut(session.scalars(page.of(query, ApiKey.id)).all())


def revoke_key(session: Session, id: str) -> ApiKey:
    """Make a key invalid for good. Raises NotFound, also where it was revoked before."""
    raise_revision(session)
    query = select(ApiKey).where(ApiKey.id == (parse_id(id) or NOBODY), ApiKey.revoked_at.is_(None))
    key = session.scalar(query.with_for_update())
    if key is None:
        raise NotFound.of("Key", id)
    key.revoked_at = func.now()
    session.flush()
    return key


def note_use(session: Session, id: str) -> None:
    """Note that a key is used now, if that was not noted within the last minute."""
    recent = func.now() - func.make_interval(0, 0, 0, 0, 0, 1)
    session.execute(
        update(ApiKey)
        .where(ApiKey.id == id, ApiKey.last_used_at.is_(None) | (ApiKey.last_used_at < recent))
        .values(last_used_at=func.now())
    )
