"""Node type ``send_notification``: notify a role or a user on the channels that are configured for it."""

from __future__ import annotations

from typing import Any

import apprise
from pydantic import BaseModel, ConfigDict, Field

from app.errors import StepFailed
from app.logic.text import as_text

from ..registry import HandlerResult, Services


class NotificationData(BaseModel):
    model_config = ConfigDict(extra="allow")

    toRole: Any = Field(None, description="The role to notify; NOTIFICATION_CHANNELS has its channels.")
    toUser: Any = Field(None, description="The user to notify, if no role is named.")
    message: Any = Field("", description="The text of the notification.")


class SendNotification:
    type = "send_notification"
    title = "Send notification"
    fields = ("notified", "message")
    needs_input = False
    Data = NotificationData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        notified = data.get("toRole") or data.get("toUser")
        message = data.get("message", "")
        urls = services.channels.get(str(notified), [])
        if urls and not deliver(urls, as_text(message)):
            reason = f"Not every channel of {notified} could be reached; check NOTIFICATION_CHANNELS."
            raise StepFailed(reason, kind="NotDelivered")
        services.record_notification(notified=notified, message=message)
        return HandlerResult(result={"notified": notified, "message": message})


def deliver(urls: list[str], message: str) -> bool:
    """Send to every channel; False if one could not be reached."""
    post = apprise.Apprise()
    added = [post.add(url) for url in urls]
    return all(added) and bool(post.notify(body=message or " "))


handler = SendNotification()
