"""
Trigger revisions: what every workflow's trigger was when an event was decided.

A save raises the catalog's revision and holds its row until it commits, and ``accept_event`` stores an event only at
the revision whose triggers it met. So the triggers that an event met are, of each workflow, the newest row up to the
event's ``catalog_revision``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, and_, cast, func, literal, select, update
from sqlalchemy.orm import Session

from app.storage.ids import parse_id
from app.storage.models.base import Id
from app.storage.models.revisions import TriggerRevision
from app.storage.orm import cursor_of


class Revision(NamedTuple):
    """A workflow as one save left it."""

    workflow_id: str
    #: The catalog's revision that the save brought.
    revision: int
    name: str
    version: int
    trigger: Any
    flow: Any
    is_active: bool
    is_deleted: bool
    saved_at: datetime
    saved_by: str | None


_COLUMNS = tuple(getattr(TriggerRevision, name) for name in Revision._fields)


def list_revisions(session: Session, workflow_id: str, *, limit: int, before: int | None = None) -> Sequence[Revision]:
    """The revisions of a workflow, newest first: at most ``limit``, and only those before ``before``, a revision."""
    query = select(*_COLUMNS).where(TriggerRevision.workflow_id == parse_id(workflow_id))
    if before is not None:
        query = query.where(TriggerRevision.revision < before)
    rows = session.execute(query.order_by(TriggerRevision.revision.desc()).limit(limit))
    return [Revision(*row) for row in rows]


def fetch_revision(session: Session, workflow_id: str, at: int | None = None) -> Revision | None:
    """A workflow as it was at a revision of the catalog (None: now); None if it did not exist then."""
    query = select(*_COLUMNS).where(TriggerRevision.workflow_id == parse_id(workflow_id))
    if at is not None:
        query = query.where(TriggerRevision.revision <= at)
    row = session.execute(query.order_by(TriggerRevision.revision.desc()).limit(1)).first()
    return None if row is None else Revision(*row)


def fetch_first_revision(session: Session, workflow_id: str) -> Revision | None:
    """The oldest revision that is kept of a workflow."""
    query = select(*_COLUMNS).where(TriggerRevision.workflow_id == parse_id(workflow_id))
    row = session.execute(query.order_by(TriggerRevision.revision).limit(1)).first()
    return None if row is None else Revision(*row)


# One row of each workflow, by the primary key: workflows are never removed, only marked as deleted.
_AT = """
SELECT r.workflow_id::text, r.revision, r.saved_at FROM workflows w, LATERAL (
    SELECT workflow_id, revision, saved_at, is_deleted FROM trigger_revisions
    WHERE workflow_id = w.id AND revision <= %s ORDER BY revision DESC LIMIT 1
) r WHERE NOT r.is_deleted ORDER BY r.workflow_id DESC
"""


class RevisionKey(NamedTuple):
    """Names one revision, also where a database was restored and counts its revisions anew."""

    workflow_id: str
    revision: int
    saved_at: datetime


def list_keys_at(session: Session, at: int) -> list[RevisionKey]:
    """The workflows that existed at a revision of the catalog, newest first, and which revision each one had."""
    cursor = cursor_of(session)
    cursor.execute(_AT, (at,))
    return [*map(RevisionKey._make, cursor.fetchall())]


def fetch_revisions(session: Session, keys: Sequence[RevisionKey]) -> list[Revision]:
    """These revisions, each by its workflow and its number."""
    wanted = select(
        func.unnest(cast(literal([key.workflow_id for key in keys], ARRAY(Id)), ARRAY(Id))).label("workflow_id"),
        func.unnest(cast(literal([key.revision for key in keys], ARRAY(BigInteger)), ARRAY(BigInteger))).label(
            "revision"
        ),
    ).subquery()
    same = and_(TriggerRevision.workflow_id == wanted.c.workflow_id, TriggerRevision.revision == wanted.c.revision)
    return [Revision(*row) for row in session.execute(select(*_COLUMNS).join(wanted, same))]


def note_author(session: Session, workflow_id: str, revision: int, name: str) -> None:
    """Say who made a save, in the transaction of the save, which has written the revision."""
    session.execute(
        update(TriggerRevision)
        .where(TriggerRevision.workflow_id == workflow_id, TriggerRevision.revision == revision)
        .values(saved_by=name)
    )
