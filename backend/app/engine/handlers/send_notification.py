"""Node type ``send_notification``: tell a role or a user something, on the channels that the deployment has for it."""

from __future__ import annotations

from typing import Any

import apprise
from pydantic import BaseModel, ConfigDict, Field

from app.errors import StepFailed

from ..registry import HandlerResult, Services


class NotificationData(BaseModel):
    model_config = ConfigDict(extra="allow")

    toRole: Any = Field(None, description="The role to tell; its channels are configured in NOTIFICATION_CHANNELS.")
    toUser: Any = Field(None, description="The user to tell, where no role is named.")
    message: Any = Field("", description="What to say.")


class SendNotification:
    type = "send_notification"
    title = "Send notification"
    needs_input = False
    Data = NotificationData

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult:
        notified = data.get("toRole") or data.get("toUser")
        message = data.get("message", "")
        urls = services.channels.get(str(notified), [])
        if urls and not deliver(urls, str(message)):
            raise StepFailed(f"Not every channel of {notified} could be reached.", kind="NotDelivered")
        services.record_notification(notified=notified, message=message)
        return HandlerResult(result={"notified": notified, "message": message})


def deliver(urls: list[str], message: str) -> bool:
    """Send to every channel; False where one could not be reached."""
    post = apprise.Apprise()
    known = [post.add(url) for url in urls]
    return all(known) and bool(post.notify(body=message or " "))


handler = SendNotification()
