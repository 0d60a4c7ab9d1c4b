"""``/notifications``: the messages that ``send_notification`` has sent."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from app.access.scopes import requires
from app.api.dependencies import CallerDep, SnapshotDep
from app.api.http.responses import PageDep, as_time, respond_page
from app.api.router import make_router
from app.api.schemas.system import NotificationRead
from app.storage import notification_lists
from app.storage.models.operations import Notification

router = make_router("/notifications", tag="notifications")


@router.get("", dependencies=[requires("executions:read")], response_model=list[NotificationRead])
def list_notifications(
    request: Request, page: PageDep, caller: CallerDep, session: SnapshotDep, execution_id: str | None = None
) -> Response:
    """Notifications, newest first: all, or those of one execution."""
    found = notification_lists.list_notifications(
        session, page, execution_id=execution_id, workflow_prefix=caller.workflow_prefix
    )
    return respond_page(request, found, show_notification)


def show_notification(notification: Notification) -> dict[str, Any]:
    return {
        "id": notification.id,
        "execution_id": notification.execution_id,
        "node_id": notification.node_id,
        "notified": notification.notified,
        "message": notification.message,
        "created_at": as_time(notification.created_at),
    }
