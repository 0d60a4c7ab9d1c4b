"""Notifications: the messages of ``send_notification`` and their recipients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.access.visibility import of_visible_execution
from app.storage.ids import NOBODY, parse_id
from app.storage.json_text import dumps
from app.storage.models.operations import Notification
from app.storage.pages import PAGE_BYTES_OF_VALUES, Page, PageOf, bytes_of, choose_ids
from app.storage.prepared import PreparedStatement

#: The table that an array of documents is.
TABLE = "(element int, id uuid, execution_id uuid, node_id text, notified text, message text)"
#: Insert notifications, in their order.
INSERT = PreparedStatement(
    "insert_notifications",
    {"notes": "json"},
    f"""
INSERT INTO notifications (id, execution_id, node_id, notified, message)
SELECT n.id, n.execution_id, n.node_id, n.notified::json, n.message::json
FROM json_to_recordset(%(notes)s) AS n {TABLE}""",
)


def document(id: str, execution_id: str, node_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A notification of a node as a part of the document that ``INSERT`` takes."""
    notified, message = dumps(values["notified"]), dumps(values["message"])
    return {"id": id, "execution_id": execution_id, "node_id": node_id, "notified": notified, "message": message}


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
