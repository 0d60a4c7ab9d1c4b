"""Notifications: the messages of ``send_notification`` and their recipients."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.ids import NOBODY, parse_id
from app.storage.models.operations import Notification
from app.storage.pages import Page, PageOf

INSERT = """
INSERT INTO notifications (id, execution_id, node_id, notified, message)
VALUES (%(id)s, %(execution_id)s, %(node_id)s, %(notified)s, %(message)s)"""


def list_notifications(session: Session, page: Page, *, execution_id: str | None = None) -> PageOf[Notification]:
    """Notifications, newest first."""
    query = select(Notification)
    if execution_id is not None:
        query = query.where(Notification.execution_id == (parse_id(execution_id) or NOBODY))
    return page.cut(session.scalars(page.of(query, Notification.__table__.c.id)).all())
