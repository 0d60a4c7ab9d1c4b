"""Notifications: a message to a role or a user, on the channels that are configured for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.engine.registry import Services
from app.engine.services.channels import send_message
from app.errors import StepFailed
from app.logic.redaction import redact
from app.logic.text import to_template_text


class NotificationData(BaseModel):
    """A notification, as a node's data describes it."""

    model_config = ConfigDict(extra="allow")

    toRole: Any = Field(None, description="The role to notify; NOTIFICATION_CHANNELS has its channels.")
    toUser: Any = Field(None, description="The user to notify, if no role is named.")
    message: Any = Field("", description="The text of the notification.")


async def notify(data: dict[str, Any], services: Services, *, hidden: Collection[str] = ()) -> dict[str, Any]:
    """
    Send a notification to each channel of its role or user, and list it under ``/notifications``.

    Returns the entry: ``{"notified", "message"}``, in which ``***`` replaces the texts of ``hidden``. A role without
    channels is listed only. Raises StepFailed if a channel could not be reached; nothing is listed then.
    """
    notified = data.get("toRole") or data.get("toUser")
    message = data.get("message", "")
    urls = services.channels.get(str(notified), [])
    if urls and not await send_message(urls, to_template_text(message)):
        reason = f"Not every channel of {notified} could be reached; check NOTIFICATION_CHANNELS."
        raise StepFailed(reason, kind="NotDelivered")
    entry = {"notified": notified, "message": redact(message, hidden)}
    services.record_notification(**entry)
    return entry
