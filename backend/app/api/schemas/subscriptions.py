"""Bodies and responses of subscriptions and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictStr

from app.api.schemas.common import EVENT, EXECUTION, documented, storable
from app.graph.engine_events import COMPLETED, FAILED, TYPES
from app.graph.names import quote
from app.storage.statuses import DeliveryStatus

SUBSCRIPTION = "0199c1f6-3a10-7c41-8d2e-5b7f9a1c0d62"
DELIVERY = "5d3f0a52-7b0e-4c1b-9f56-2f0f6f1f8a11"
_URL = "https://example.com/hooks/trigraph"


def check_types(types: list[str]) -> list[str]:
    """The types, each once. Raises ValueError for one that the engine does not have."""
    if not types:
        raise ValueError("it is empty; name at least one type")
    for type in types:
        if type not in TYPES:
            raise ValueError(f"{quote(type)} is not a type of the engine; the types are {', '.join(sorted(TYPES))}")
    return list(dict.fromkeys(types))


class SubscriptionBody(BaseModel):
    """A receiver outside, and the events of the engine that it gets."""

    model_config = documented({"url": _URL, "types": [COMPLETED, FAILED]}, extra="forbid")

    url: Annotated[StrictStr, Field(max_length=2000), AfterValidator(storable)] = Field(
        description="http:// or https://; deliveries are posted there."
    )
    types: Annotated[list[StrictStr], AfterValidator(check_types)] = Field(description="The types of events.")
    workflow_id: StrictStr | None = Field(None, description="Only events about executions of this workflow.")
    secret: StrictStr | None = Field(
        None, description="The key of the signatures: `whsec_` and base64. If it is left out, one is made."
    )


class SubscriptionChange(SubscriptionBody):
    """A subscription to be saved over another one; without `secret`, its secret stays."""

    is_active: StrictBool = Field(True, description="False: nothing is delivered, and what is pending is given up.")


class SubscriptionRead(BaseModel):
    model_config = documented(
        {
            "id": SUBSCRIPTION,
            "url": _URL,
            "types": [COMPLETED, FAILED],
            "workflow_id": None,
            "is_active": True,
            "off_reason": None,
            "created_at": "2026-01-30T12:00:00Z",
            "updated_at": "2026-01-30T12:00:00Z",
        }
    )

    id: str
    url: str
    types: list[str]
    workflow_id: str | None
    is_active: bool
    off_reason: str | None = Field(description="Why it is not active.")
    created_at: datetime
    updated_at: datetime


class SubscriptionCreated(SubscriptionRead):
    """A new subscription."""

    secret: str | None = Field(None, description="The secret, if it was made here. It is shown this once.")


class SubscriptionDeleted(BaseModel):
    model_config = documented({"status": "deleted"})

    status: str


class DeliveryRead(BaseModel):
    """One event on its way to one receiver."""

    model_config = documented(
        {
            "id": DELIVERY,
            "event_id": EVENT,
            "execution_id": EXECUTION,
            "type": FAILED,
            "status": "pending",
            "attempts": 1,
            "answer": {"status": 503, "body": "not yet"},
            "error": "The receiver answered 503.",
            "attempted_at": "2026-01-30T12:00:00Z",
            "next_attempt_at": "2026-01-30T12:00:05Z",
            "created_at": "2026-01-30T12:00:00Z",
            "finished_at": None,
        }
    )

    id: str
    event_id: str = Field(description="The event, which is sent as `webhook-id`.")
    execution_id: str
    type: str
    status: DeliveryStatus
    attempts: int
    answer: dict[str, Any] | None = Field(description="The last answer: its status, and the beginning of its body.")
    error: str | None = Field(description="Why the last attempt failed, or why it was given up.")
    attempted_at: datetime | None
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
