"""The entries of the audit as they are listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.storage.ids import least_id_at
from app.storage.models.access import AuditEntry
from app.storage.pages import Page, PageOf

#: Seconds that the clock by which ids are made may differ from that of Postgres.
SKEW = 300.0


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are asked for; None: any."""

    actor: str | None = None
    action: str | None = None
    thing: str | None = None
    thing_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def list_entries(session: Session, page: Page, wanted: AuditFilter) -> PageOf[AuditEntry]:
    """The entries of the audit, newest first."""
    query: Any = select(AuditEntry)
    for name in ("actor", "action", "thing", "thing_id"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(getattr(AuditEntry, name) == value)
    # The ids, which have an index, find the place; the times decide.
    if wanted.start is not None:
        query = query.where(AuditEntry.id >= least_id_at(wanted.start, seconds=-SKEW), AuditEntry.at >= wanted.start)
    if wanted.end is not None:
        query = query.where(AuditEntry.id < least_id_at(wanted.end, seconds=SKEW), AuditEntry.at < wanted.end)
    entry: Any = AuditEntry
    if wanted.thing_id is not None:
        # A thing has few entries. OFFSET keeps Postgres from looking for them among all, in their order.
        entry = aliased(AuditEntry, query.offset(0).subquery())
        query = select(entry)
    return page.cut(session.scalars(page.of(query, entry.id)).all())
