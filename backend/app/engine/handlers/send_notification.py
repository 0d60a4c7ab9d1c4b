"""Node type ``send_notification``: notify a role or a user on the channels that are configured for it."""

from __future__ import annotations

from typing import Any

from app.engine.toolkit.notifications import NotificationData, notify

from ..registry import HandlerResult, Services


class SendNotification:
    type = "send_notification"
    title = "Send notification"
    category = "People"
    icon = "bell"
    summary = ("{toRole}: {message}", "{message}")
    fields = ("notified", "message")
    outputs = fields
    needs_input = False
    Data = NotificationData

    async def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        return HandlerResult(result=await notify(data, services))


handler = SendNotification()
