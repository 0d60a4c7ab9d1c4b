"""``/notifications``: what ``send_notification`` told whom."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.answers import PageDep, answer_page, as_time
from app.api.dependencies import SessionDep
from app.api.shapes import NotificationShape
from app.storage import notifications
from app.storage.models import Notification

router = APIRouter(prefix="/notifications", tags=["notifications"])


@router.get("", response_model=list[NotificationShape])
def list_notifications(
    request: Request, page: PageDep, session: SessionDep, execution_id: str | None = None
) -> Response:
    """Notifications, newest first: all, or those of one execution."""
    return answer_page(request, page, notifications.page(session, page, execution_id=execution_id), show)


def show(notification: Notification) -> dict[str, Any]:
    return {
        "id": notification.id,
        "execution_id": notification.execution_id,
        "node_id": notification.node_id,
        "notified": notification.notified,
        "message": notification.message,
        "created_at": as_time(notification.created_at),
    }
