"""Notifications as they are listed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.access.visibility import of_visible_execution
from app.storage.ids import NOBODY, parse_id
from app.storage.models.operations import Notification
from app.storage.pages import PAGE_BYTES_OF_VALUES, Page, PageOf, bytes_of, choose_ids


def list_notifications(
    session: Session, page: Page, *, execution_id: str | None = None, workflow_prefix: str | None = None
) -> PageOf[Notification]:
    """Notifications, newest first; ``workflow_prefix``: of workflows whose name begins so."""
    id = Notification.__table__.c.id
    query: Any = select(Notification.id, bytes_of(Notification.notified, Notification.message))
    if execution_id is not None:
        query = query.where(Notification.execution_id == (parse_id(execution_id) or NOBODY))
    if workflow_prefix is not None:
        query = query.where(of_visible_execution(Notification.execution_id, workflow_prefix))
    ids, more = choose_ids(session, page, query, id, most=PAGE_BYTES_OF_VALUES)
    return PageOf(session.scalars(select(Notification).where(id.in_(ids)).order_by(id.desc())).all(), more)
